package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** A driver in Java does the same in the gateway's JVM and in one of its own, which may be killed and swapped. */
public class JavaDriverIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String DRIVER = "driver:both";
    private static final String KETTLE = "kettle/kettle-1";

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    @Rule
    public final Summary summary =
            new Summary(JavaDriverIT.class, "drivers in Java in a process: the same as in the JVM, killed, swapped");

    private static Margay margay;
    private static Rest rest;
    private static LimitedGateway gateway;
    private static Path folder;

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        folder = FOLDER.newFolder("drivers").toPath();
        Files.writeString(folder.resolve("limits.csv"), "a;1");
        WorkloadFiles.bundle(folder, "both", 0);
        WorkloadFiles.bundle(folder, "both", 1);
        Margay.Gateway started = margay.startGateway();
        rest = new Rest(margay, started);
        gateway = new LimitedGateway(margay, started);
    }

    @AfterClass
    public static void end() throws Exception {
        if (margay != null) {
            margay.close();
        }
    }

    private static void apply(int variant, String isolation, String config) throws Exception {
        Path document = Files.writeString(folder.resolve("both.yaml"), """
                instance: both
                products:
                  - key: kettle
                    model:
                      properties:
                        - {identifier: temperature, accessMode: r, dataType: {type: double}}
                        - {identifier: slow, accessMode: r, dataType: {type: double}}
                        - {identifier: setpoint, accessMode: rw, dataType: {type: int}}
                      events:
                        - {identifier: alarm, outputData: [{identifier: level, dataType: {type: int}}]}
                      services:
                        - identifier: do
                          inputData: [{identifier: what, dataType: {type: text}}]
                          outputData: [{identifier: said, dataType: {type: text}}]
                    extension: {scale: 3}
                drivers:
                  - {name: both, file: both-%d.jar, language: java, isolation: %s, config: %s}
                devices:
                  - {product: kettle, name: kettle-1, driver: both, config: {unit: 1, factor: 0.5}}
                  - {product: kettle, name: silent, driver: both}
                """.formatted(variant, isolation, config));
        margay.run("apply", "-f", document.toString()).expect(0);
    }

    private static String said(String what) throws Exception {
        return (String) rest.send("POST", "/api/v1/devices/" + KETTLE + "/services/do", Map.of("what", what))
                .expectGood()
                .json()
                .get("said");
    }

    private static String text(String method, String path, Object json) throws Exception {
        Rest.Answer answer = json == null ? rest.get(path) : rest.send(method, path, json);
        return answer.status() + " " + answer.text();
    }

    private static Map<?, ?> device(String id) throws Exception {
        return rest.get("/api/v1/devices/" + id).expectGood().json();
    }

    private static void awaitOnline() throws Exception {
        Await.until("it is on line", SOON, () -> device(KETTLE).get("online").equals(true));
    }

    private static String detail(String problem) throws Exception {
        return problem.replaceAll("\"requestId\":\"[^\"]*\"", "");
    }

    /** All that can be seen of the driver in one isolation. */
    private static Map<String, String> seen(String isolation) throws Exception {
        Map<String, String> seen = new LinkedHashMap<>();
        apply(0, isolation, "{kv: {colour: green, service.ranking: \"7\", password: {secret: hunter2}}}");
        assertThat(gateway.workload(DRIVER).get("isolation")).isEqualTo(isolation);
        awaitOnline();
        seen.put("key-value", said("config"));
        seen.put("report", said("report"));
        seen.put(
                "value",
                String.valueOf(
                        ((Map<?, ?>) ((Map<?, ?>) device(KETTLE).get("values")).get("temperature")).get("value")));
        seen.put("counts", device(KETTLE).get("accepted") + " " + device(KETTLE).get("refused"));
        // Not among the counts: in a process it does not reach the gateway.
        seen.put("no JSON", said("odd"));
        seen.put(
                "silent",
                device("kettle/silent").get("online") + " "
                        + device("kettle/silent").get("reason"));
        seen.put("stranger", said("stranger"));
        seen.put("thread", said("thread"));
        String properties = "/api/v1/devices/" + KETTLE + "/properties";
        seen.put("get", text("GET", properties + "?name=setpoint&name=temperature", null));
        seen.put("set", text("PUT", properties, Map.of("setpoint", 42)));
        seen.put("get again", text("GET", properties + "?name=setpoint", null));
        seen.put("stuck", detail(text("PUT", properties, Map.of("setpoint", 13))));
        seen.put("late", detail(text("GET", properties + "?name=slow&timeout=300ms", null)));
        // One call at a time for a device: this one comes after the interruption.
        seen.put("interrupted", said("changes"));
        apply(0, isolation, "{json: {limit: 5, big: 12345678901, part: 0.25, text: a}}");
        seen.put("json", said("config"));
        apply(0, isolation, "{files: [limits.csv]}");
        seen.put("files", said("config"));
        seen.put("changes", said("changes"));
        Await.until("its log", SOON, () -> logs().contains("serves 2 devices"));
        assertThat(logs()).contains("device kettle/kettle-1 is on line");
        return seen;
    }

    private static String logs() throws Exception {
        return rest.get("/api/v1/logs?limit=1000&workload=" + DRIVER)
                .expectGood()
                .text();
    }

    private static void none() throws Exception {
        Path document = Files.writeString(folder.resolve("none.yaml"), "instance: both\n");
        margay.run("apply", "-f", document.toString()).expect(0);
    }

    @Test
    public void doesTheSameInTheGatewaysJvmAndInItsOwn() throws Exception {
        Map<String, String> inJvm = seen("bundle");
        none();
        Map<String, String> inProcess = seen("process");
        none();
        inJvm.forEach((what, answer) -> System.out.println("JavaDriverIT: " + what + ": " + answer));
        assertThat(inProcess).isEqualTo(inJvm);
        assertThat(inJvm)
                .containsEntry(
                        "report",
                        "ACCEPTED; REFUSED: colour: the thing model has no such property; ACCEPTED;"
                                + " REFUSED: fire: the thing model has no such event")
                .containsEntry("interrupted", "0 changes, interrupted: true")
                .containsEntry("changes", "2 changes, interrupted: true")
                .containsEntry("silent", "false it does not answer");
        assertThat(inJvm.get("json"))
                .contains("limit=5 Long", "big=12345678901 Long", "part=0.25 Double", "unit=1 Long");
        assertThat(inJvm.get("files")).contains("limits.csv: a;1");
    }

    @Test
    public void comesBackWhenItIsKilled() throws Exception {
        apply(0, "process", "{kv: {colour: green}}");
        awaitOnline();
        long killed = gateway.processes(DRIVER).get(0);
        long begun = System.nanoTime();
        assertThat(ProcessHandle.of(killed).orElseThrow().destroyForcibly()).isTrue();
        gateway.await(
                DRIVER,
                status -> "running".equals(status.get("state"))
                        && Integer.valueOf(1).equals(status.get("restarts"))
                        && !status.get("processes").equals(List.of(killed)));
        awaitOnline();
        System.out.println(
                "JavaDriverIT: on line again " + (System.nanoTime() - begun) / 1_000_000 + " ms after it was killed");
        assertThat(said("config")).contains("colour=green");
        assertThat(logs()).contains("driver ended: exit code 137 (SIGKILL)");
        none();
    }

    @Test
    public void isSwappedWithoutALostCall() throws Exception {
        apply(0, "process", "{kv: {colour: green}}");
        awaitOnline();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger calls = new AtomicInteger();
        List<String> failures = new ArrayList<>();
        CompletableFuture<Void> caller = CompletableFuture.runAsync(
                () -> {
                    while (!stop.get()) {
                        try {
                            Map<String, Object> answer = rest.get(
                                            "/api/v1/devices/" + KETTLE + "/properties?name=setpoint")
                                    .expectGood()
                                    .json();
                            assertThat(answer).containsEntry("setpoint", 1);
                            calls.incrementAndGet();
                        } catch (Exception | AssertionError e) {
                            failures.add(e.toString());
                        }
                    }
                },
                task -> new Thread(task, "caller").start());
        long former = gateway.processes(DRIVER).get(0);
        try {
            apply(1, "process", "{kv: {colour: green}}");
            apply(1, "bundle", "{kv: {colour: green}}");
            apply(1, "process", "{kv: {colour: green}}");
        } finally {
            stop.set(true);
            caller.join();
        }
        assertThat(failures).isEmpty();
        assertThat(calls.get()).isGreaterThan(10);
        assertThat(gateway.processes(DRIVER)).hasSize(1).doesNotContain(former);
        assertThat(ProcessHandle.of(former)).isEmpty();
        System.out.println("JavaDriverIT: " + calls + " calls while it was swapped, and moved between JVMs: "
                + Json.text(failures));
        none();
    }
}
