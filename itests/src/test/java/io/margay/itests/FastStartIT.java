package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.LimitedGateway.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Processes that are started before they are wanted: an event of a function on demand does not wait for an interpreter. */
public class FastStartIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int CALLS = 3;

    /** By language, what the command line of a template has. */
    private static final Map<String, String> TEMPLATES =
            Map.of("python", "--template", "nodejs", "--spare", "java", "io.margay.launcher.Host");

    @Test
    public void eventsDoNotWaitForAnInterpreter() throws Exception {
        Map<String, Long> without = firstCalls("off");
        Map<String, Long> with = firstCalls("auto");
        List<String> figures = new ArrayList<>();
        with.forEach((language, millis) ->
                figures.add("%s %d ms (%d without)".formatted(language, millis, without.get(language))));
        System.out.println("FastStartIT: first calls with a template: " + String.join(", ", figures));
    }

    @Test
    public void onThereAreTemplatesOfLanguagesThatNoFunctionUses() throws Exception {
        try (Margay margay = margay("on", "on")) {
            long pid = margay.startGateway().running().process().pid();
            for (String language : TEMPLATES.keySet()) {
                Await.until("a template of " + language, SOON, () -> isReady(language, pid, margay.home()));
            }
            assertThat(templates(pid)).hasSize(TEMPLATES.size());
        }
    }

    @Test
    public void autoThereAreTemplatesOfLanguagesThatAFunctionUses() throws Exception {
        try (Margay margay = margay("python", "auto")) {
            long pid = margay.startGateway().running().process().pid();
            assertThat(templates(pid)).isEmpty();
            Path document = document(FOLDER.newFolder().toPath());
            String first = Files.readString(document).lines().limit(3).collect(Collectors.joining("\n"));
            margay.run("apply", "-f", Files.writeString(document, first).toString())
                    .expect(0);
            Await.until("a template of Python", SOON, () -> isReady("python", pid, margay.home()));
            assertThat(templates(pid)).hasSize(1);
        }
    }

    /** A gateway to be started, which says when a template is ready. */
    private static Margay margay(String folder, String templates) throws IOException {
        Margay margay = new Margay(FOLDER.newFolder(folder).toPath());
        Files.createDirectories(margay.home().resolve("conf"));
        Files.writeString(
                margay.home().resolve("conf/margay.properties"),
                "margay.templates=" + templates + "\nmargay.log.level=DEBUG\n");
        return margay;
    }

    /** @return the shortest first call of each language, in milliseconds */
    private static Map<String, Long> firstCalls(String templates) throws Exception {
        Path root = FOLDER.newFolder().toPath();
        Map<String, Long> shortest = new LinkedHashMap<>();
        try (Margay margay = margay(templates, templates)) {
            Margay.Gateway started = margay.startGateway();
            LimitedGateway gateway = new LimitedGateway(margay, started);
            margay.run("apply", "-f", document(root).toString()).expect(0);
            long pid = started.running().process().pid();
            for (String language : List.of("python", "nodejs", "java")) {
                for (int i = 0; i < CALLS; i++) {
                    if (templates.equals("auto")) {
                        Await.until("a template of " + language, SOON, () -> isReady(language, pid, margay.home()));
                    }
                    Call call = gateway.call(language, "echo well", "60s");
                    assertThat(call.text()).isEqualTo("well");
                    shortest.merge(language, call.millis(), Math::min);
                    long worker = gateway.processes("function:" + language).get(0);
                    assertThat(isOfTemplate(language, worker, pid))
                            .as("process %d in %s, templates %s", worker, language, templates)
                            .isEqualTo(templates.equals("auto"));
                    gateway.await("function:" + language, status -> ((List<?>) status.get("processes")).isEmpty());
                }
            }
            assertThat(templates(pid)).hasSize(templates.equals("auto") ? 3 : 0);
        }
        return shortest;
    }

    private static Path document(Path root) throws Exception {
        String python = "def handler(event, context):\n    return event[5:]\n";
        String node = "exports.handler = async (event) => event.subarray(5);\n";
        WorkloadFiles.zip(root.resolve("python.zip"), Map.of("index.py", python));
        WorkloadFiles.zip(root.resolve("nodejs.zip"), Map.of("index.js", node));
        WorkloadFiles.bundle(root, "conform", 0);
        return Files.writeString(root.resolve("fast.yaml"), """
                instance: fast
                functions:
                  - {name: python, file: python.zip, language: python, idle: 500ms, timeout: 60s}
                  - {name: nodejs, file: nodejs.zip, language: nodejs, idle: 500ms, timeout: 60s}
                  - {name: java, file: conform-0.jar, language: java, isolation: process, idle: 500ms, timeout: 60s}
                """);
    }

    /** Whether there is a template that the gateway will use: of Java one that has started all it can. */
    private static boolean isReady(String language, long gateway, Path home) throws IOException {
        String log = Files.readString(home.resolve("log/margay.log"));
        for (long each : templates(gateway)) {
            if (log.contains("A template of " + language + " is ready: process " + each + "\n")) {
                return !language.equals("java") || threads(each).contains("margay-spare");
            }
        }
        return false;
    }

    /** Those of this gateway's children that are no workers yet: their socket is not there. */
    private static List<Long> templates(long gateway) {
        return ProcessHandle.of(gateway).stream()
                .flatMap(ProcessHandle::children)
                .map(ProcessHandle::pid)
                .filter(pid -> isTemplate(pid) && !Files.exists(socket(pid)))
                .toList();
    }

    private static boolean isTemplate(long pid) {
        String line = read(pid, "cmdline");
        return TEMPLATES.values().stream().anyMatch(line::contains);
    }

    private static Path socket(long pid) {
        String environment = read(pid, "environ");
        int at = environment.indexOf("MARGAY_SOCKET=");
        return Path.of(at < 0 ? "/none" : environment.substring(at + 14).split("\0", 2)[0]);
    }

    private static boolean isOfTemplate(String language, long worker, long gateway) {
        return switch (language) {
            case "python" ->
                ProcessHandle.of(worker)
                                .flatMap(ProcessHandle::parent)
                                .orElseThrow()
                                .pid()
                        != gateway;
            case "nodejs" -> read(worker, "cmdline").contains("--spare");
            default -> !read(worker, "cmdline").contains("-Dmargay.folder=");
        };
    }

    private static List<String> threads(long pid) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path each : all) {
                names.add(Files.readString(each.resolve("comm")).strip());
            }
        }
        return names;
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/" + file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }
}
