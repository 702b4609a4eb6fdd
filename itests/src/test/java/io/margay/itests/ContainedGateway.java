package io.margay.itests;

import io.margay.itests.LimitedGateway.Call;
import io.margay.spi.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The shipped gateway with the engine of the tests: it is killed, stopped and started again on the same home. */
final class ContainedGateway implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final Path root;
    private final TestEngine engine;
    private final Margay margay;
    private Margay.Gateway running;
    private volatile LimitedGateway calls;
    private volatile Rest rest;

    ContainedGateway(Path root, TestEngine engine) throws IOException {
        this.root = root;
        this.engine = engine;
        margay = new Margay(root);
    }

    /** @param settings further ones */
    ContainedGateway start(String... settings) throws Exception {
        List<String> options = new ArrayList<>(List.of("--set", TestEngine.setting()));
        for (String setting : settings) {
            options.addAll(List.of("--set", setting));
        }
        running = margay.startGateway(Map.of(), options.toArray(String[]::new));
        calls = new LimitedGateway(margay, running);
        rest = new Rest(margay, running);
        return this;
    }

    /** As the kernel does it, or a power cut of its own. */
    void kill() throws Exception {
        running.running().process().destroyForcibly().waitFor();
    }

    void stop() throws Exception {
        running.running().signal("TERM");
        running.running().exitCode();
    }

    String output() throws IOException {
        return running.running().text();
    }

    Margay margay() {
        return margay;
    }

    Rest rest() {
        return rest;
    }

    LimitedGateway calls() {
        return calls;
    }

    /** Writes the document and applies it. */
    Margay.Result apply(String document) throws Exception {
        return margay.run("apply", "-f", document(document)).expect(0);
    }

    String document(String text) throws IOException {
        return Files.writeString(root.resolve("instance.yaml"), text).toString();
    }

    /** A package in a language of one file. */
    void script(String zip, String file, String text) throws IOException {
        WorkloadFiles.zip(root.resolve(zip), Map.of(file, text));
    }

    /** @throws AssertionError it fails */
    String call(String function, String event) throws Exception {
        Call call = calls.call(function, event, "30s");
        if (call.status() != 200) {
            throw new AssertionError(function + ": " + call);
        }
        return call.text();
    }

    /** A gateway that has just started knows of none. */
    private Stream<Map<?, ?>> workloads() throws IOException {
        List<?> all =
                (List<?>) rest.get("/api/v1/workloads").expectGood().json().get("workloads");
        return all.stream().map(each -> (Map<?, ?>) each);
    }

    /** How often it failed; 0 also where the gateway does not know it yet. */
    int restarts(String workload) throws IOException {
        return workloads()
                .filter(each -> workload.equals(each.get("id")))
                .mapToInt(each -> ((Number) each.get("restarts")).intValue())
                .findFirst()
                .orElse(0);
    }

    /** Waits until workloads work, each with a process. */
    void awaitRunning(String... workloads) throws Exception {
        Await.until(() -> List.of(workloads) + " run", SOON, () -> {
            return workloads()
                    .filter(each -> "running".equalsIgnoreCase(String.valueOf(each.get("state")))
                            && !((List<?>) each.get("processes")).isEmpty())
                    .map(each -> each.get("id"))
                    .toList()
                    .containsAll(List.of(workloads));
        });
    }

    /** How the gateway finds the engine: {@code ready}, {@code lost} … */
    String engineState() throws IOException {
        return rest.engineState();
    }

    /** By workload, the ids of all containers that this gateway made, running or not. */
    Map<String, List<String>> containers() throws Exception {
        Map<String, List<String>> all = new TreeMap<>();
        for (Map<String, Object> each : engine.containers()) {
            Map<?, ?> labels = (Map<?, ?>) each.get("Labels");
            all.computeIfAbsent(String.valueOf(labels.get("io.margay.workload")), workload -> new ArrayList<>())
                    .add((String) each.get("Id"));
        }
        return all;
    }

    /** @throws AssertionError there is none, or more than one */
    String container(String workload) throws Exception {
        List<String> ids = containers().getOrDefault(workload, List.of());
        if (ids.size() != 1) {
            throw new AssertionError(workload + " has containers " + ids);
        }
        return ids.get(0);
    }

    Path runFolder() {
        return margay.home().resolve("run/w");
    }

    /** The folders of containers' sockets. */
    List<String> folders() throws IOException {
        if (!Files.isDirectory(runFolder())) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(runFolder())) {
            return all.map(each -> each.getFileName().toString())
                    .filter(name -> name.startsWith("c"))
                    .sorted()
                    .toList();
        }
    }

    /** Waits until there is just one container of each of these workloads, with its folder, and no other. */
    void awaitJust(List<String> workloads) throws Exception {
        Await.until(
                () -> "one container of each of " + workloads + ": " + now(),
                SOON,
                () -> containers().keySet().equals(Set.copyOf(workloads))
                        && containers().values().stream().allMatch(ids -> ids.size() == 1)
                        && folders().size() == workloads.size());
    }

    void awaitNothingLeft() throws Exception {
        Await.until(
                () -> "nothing is left: " + now(),
                SOON,
                () -> containers().isEmpty() && folders().isEmpty());
    }

    private String now() {
        try {
            return containers() + ", folders " + folders();
        } catch (Exception e) {
            return e.toString();
        }
    }

    /** What a workload has logged, oldest first. */
    List<String> log(String workload) throws IOException {
        return records(workload).stream()
                .map(each -> String.valueOf(each.get("message")))
                .toList();
    }

    /** What a workload has logged, as the REST API gives it, oldest first. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> records(String workload) throws IOException {
        return (List<Map<String, Object>>) rest.get("/api/v1/logs?limit=10000&workload=" + workload)
                .expectGood()
                .json()
                .get("records");
    }

    Map<String, Object> json(String text) throws IOException {
        return Json.readObject(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        margay.close();
    }
}
