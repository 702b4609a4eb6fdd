package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/**
 * Functions do the same in each language and isolation, in each mode, by each trigger: one table, a row for each kind of
 * function, a column for each thing that it must do. What they see and ask goes through their language's SDK.
 */
public class ConformanceIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration A_MINUTE_AND_MORE = Duration.ofSeconds(90);

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static final String DEVICE = "/api/v1/devices/kettle/kettle-1";
    /** Of the functions on demand; the others have a JSON document. */
    private static final Map<String, Object> ENTRIES = Map.of("colour", "green");

    private static final Map<String, Object> JSON = Map.of(
            "limit",
            5,
            "part",
            0.25,
            "big",
            12345678901L,
            "deep",
            Map.of("list", List.of(1, "zwei", Map.of("on", true))));

    /**
     * A kind of function.
     *
     * @param code what it is written in: a language, or {@code plain} for Java that is no component
     * @param error the type of an error that its code throws
     */
    private record Kind(String code, String isolation, String mode, String error) {
        String function() {
            return code + "-" + isolation + "-" + mode;
        }

        String language() {
            return code.equals("plain") ? "java" : code;
        }

        boolean ownProcess() {
            return isolation.equals("process");
        }

        boolean onDemand() {
            return mode.equals("on-demand");
        }
    }

    /** One thing to do. */
    private interface Case {
        void run(Kind kind) throws Exception;
    }

    private static final List<Kind> KINDS = new ArrayList<>();

    static {
        for (String mode : new String[] {"on-demand", "continuous"}) {
            KINDS.add(new Kind("java", "bundle", mode, "java.lang.IllegalStateException"));
            KINDS.add(new Kind("java", "process", mode, "java.lang.IllegalStateException"));
            KINDS.add(new Kind("plain", "bundle", mode, "java.lang.IllegalStateException"));
            KINDS.add(new Kind("plain", "process", mode, "java.lang.IllegalStateException"));
            KINDS.add(new Kind("python", "process", mode, "ValueError"));
            KINDS.add(new Kind("nodejs", "process", mode, "RangeError"));
            KINDS.add(new Kind("c", "process", mode, "AsAsked"));
        }
    }

    private static Margay margay;
    private static Rest rest;

    @BeforeClass
    public static void start() throws Exception {
        Compiler.need();
        margay = new Margay(FOLDER.getRoot().toPath());
        rest = new Rest(margay, margay.startGateway());
        margay.run("apply", "-f", document().toString()).expect(0);
        Await.until(
                "the device is on line",
                SOON,
                () -> rest.get(DEVICE).expectGood().json().get("online").equals(true));
    }

    @AfterClass
    public static void end() throws Exception {
        if (margay != null) {
            margay.close();
        }
    }

    private static Path document() throws Exception {
        Path folder = FOLDER.newFolder("packages").toPath();
        Map<String, Path> files = Map.of(
                "java", WorkloadFiles.bundle(folder, "conform", 0),
                "plain", WorkloadFiles.plainJar(folder, "conform"),
                "python", WorkloadFiles.zip(folder.resolve("python.zip"), Map.of("index.py", source("index.py"))),
                "nodejs", WorkloadFiles.zip(folder.resolve("nodejs.zip"), Map.of("index.js", source("index.js"))),
                "c", Compiler.zip(folder.resolve("c.zip"), Files.readAllBytes(program(folder)), ""));
        StringBuilder text = new StringBuilder("""
                instance: conform
                products:
                  - key: kettle
                    model:
                      properties:
                        - {identifier: setpoint, accessMode: rw, dataType: {type: int, specs: {min: 0, max: 100}}}
                        - {identifier: name, accessMode: r, dataType: {type: text, specs: {length: 20}}}
                      services:
                        - identifier: add
                          inputData: [{identifier: a, dataType: {type: int}}, {identifier: b, dataType: {type: int}}]
                          outputData: [{identifier: sum, dataType: {type: int}}]
                drivers:
                  - {name: kettle, file: %s, language: python}
                devices:
                  - {product: kettle, name: kettle-1, driver: kettle}
                functions:
                """.formatted(
                        WorkloadFiles.zip(folder.resolve("kettle.zip"), Map.of("index.py", source("kettle.py")))));
        StringBuilder routes = new StringBuilder("routes:\n");
        for (Kind kind : KINDS) {
            text.append("""
                      - name: %s
                        file: %s
                        language: %s
                        isolation: %s
                        mode: %s
                        timeout: 10s
                        idle: 2s
                        environment: {WHO: %s}
                        config: %s
                        timers: [{name: minutely, cron: "* * * * *", payload: %s}]
                    """.formatted(
                            kind.function(),
                            files.get(kind.code()),
                            kind.language(),
                            kind.isolation(),
                            kind.mode(),
                            kind.function(),
                            Json.text(kind.onDemand() ? Map.of("kv", ENTRIES) : Map.of("json", JSON)),
                            kind.function()));
            if (kind.language().equals("c")) {
                text.append("    architecture: ")
                        .append(Compiler.architecture().word())
                        .append('\n');
            } else if (kind.code().equals("plain")) {
                text.append("    handler: io.margay.itests.workloads.conform.ConformFunction\n");
            } else if (!kind.code().equals("java")) {
                text.append("    handler: index.handler\n");
            }
            // What a function publishes comes back to it.
            routes.append("  - {name: %s, from: {function: %s}, to: {function: %s}}%n"
                    .formatted(kind.function(), kind.function(), kind.function()));
        }
        return Files.writeString(folder.resolve("conform.yaml"), text.append(routes));
    }

    private static String source(String name) throws Exception {
        return new String(
                ConformanceIT.class.getResourceAsStream("/conform/" + name).readAllBytes(), StandardCharsets.UTF_8);
    }

    private static Path program(Path folder) throws Exception {
        return Compiler.compile(folder, "conform", source("main.c"));
    }

    private static Rest.Answer call(Kind kind, String parameters, byte[] event, Map<String, String> headers)
            throws Exception {
        return rest.send(
                "POST",
                "/api/v1/functions/" + kind.function() + "/invocations" + parameters,
                "application/octet-stream",
                event,
                headers);
    }

    private static Rest.Answer call(Kind kind, String parameters, String event) throws Exception {
        return call(kind, parameters, event.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static Rest.Answer call(Kind kind, String event) throws Exception {
        return call(kind, "", event);
    }

    private static String logs(Kind kind) throws Exception {
        return rest.get("/api/v1/logs?limit=1000&workload=function:" + kind.function())
                .expectGood()
                .text();
    }

    private static void awaitLog(Kind kind, Duration atMost, String text) throws Exception {
        Await.until(() -> kind.function() + " logs " + text, atMost, () -> logs(kind)
                .contains(text));
    }

    private static Map<?, ?> status(Kind kind) throws Exception {
        return rest.get("/api/v1/functions/" + kind.function()).expectGood().json();
    }

    private static void awaitInstances(Kind kind, int wanted) throws Exception {
        Await.until(
                () -> kind.function() + " has " + wanted + " instances",
                SOON,
                () -> ((Number) status(kind).get("instances")).intValue() == wanted);
    }

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    static {
        CASES.put("mode", ConformanceIT::startsByItsMode);
        CASES.put("text", kind -> assertThat(
                        call(kind, "echo grün 🐈").expectGood().text())
                .isEqualTo("grün 🐈"));
        CASES.put("bytes", ConformanceIT::givesAnyBytesBack);
        CASES.put(
                "nothing",
                kind -> assertThat(call(kind, "nothing").expectGood().body()).isEmpty());
        CASES.put("error", ConformanceIT::tellsAnError);
        CASES.put("context", ConformanceIT::knowsItsContext);
        CASES.put("config", ConformanceIT::knowsItsConfiguration);
        CASES.put("log", ConformanceIT::logsALine);
        CASES.put("publish", ConformanceIT::publishes);
        CASES.put("call", ConformanceIT::callsAnother);
        CASES.put("get", ConformanceIT::getsProperties);
        CASES.put("set", ConformanceIT::setsAProperty);
        CASES.put(
                "service",
                kind -> assertThat(call(kind, "service 41").expectGood().json()).isEqualTo(Map.of("sum", 42)));
        CASES.put("refusal", ConformanceIT::isToldWhatADeviceRefuses);
        CASES.put("async", ConformanceIT::isCalledAsynchronously);
        CASES.put("timeout", ConformanceIT::comesBackFromATimeout);
        CASES.put("crash", ConformanceIT::comesBackFromACrash);
        CASES.put("timer", kind -> awaitLog(kind, A_MINUTE_AND_MORE, "got minutely: " + kind.function()));
        CASES.put("idle", ConformanceIT::goesByItsMode);
    }

    private static void startsByItsMode(Kind kind) throws Exception {
        if (kind.mode().equals("continuous") && kind.ownProcess()) {
            awaitInstances(kind, 1);
        }
        assertThat(call(kind, "echo first").expectGood().text()).isEqualTo("first");
        assertThat(status(kind).get("isolation")).isEqualTo(kind.isolation());
    }

    private static void givesAnyBytesBack(Kind kind) throws Exception {
        byte[] event = new byte[5 + 256];
        System.arraycopy("echo ".getBytes(StandardCharsets.US_ASCII), 0, event, 0, 5);
        for (int i = 0; i < 256; i++) {
            event[5 + i] = (byte) i;
        }
        byte[] back = new byte[256];
        System.arraycopy(event, 5, back, 0, 256);
        assertThat(call(kind, "", event, Map.of()).expectGood().body()).isEqualTo(back);
    }

    private static void tellsAnError(Kind kind) throws Exception {
        Rest.Answer answer = call(kind, "fail as asked");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.text()).contains("as asked").contains(kind.error());
        assertThat(answer.errorType()).isEqualTo(kind.error());
    }

    private static void knowsItsContext(Kind kind) throws Exception {
        Map<String, Object> invoker = Map.of("user", "Jürgen", "tries", 3, "roles", List.of("a", "b"));
        String header = Base64.getEncoder().encodeToString(Json.write(invoker));
        knowsItsContext(
                kind,
                invoker,
                call(
                        kind,
                        "",
                        "context".getBytes(StandardCharsets.US_ASCII),
                        Map.of("X-Margay-Invoker-Context", header, "X-Request-Id", "id-7")));
        knowsItsContext(kind, Map.of(), call(kind, "context"));
    }

    private static void knowsItsContext(Kind kind, Map<String, Object> invoker, Rest.Answer answer) throws Exception {
        Map<String, Object> wanted = new HashMap<>();
        wanted.put("name", kind.function());
        wanted.put("request", answer.requestId());
        wanted.put("invoker", invoker);
        wanted.put("left", true);
        // In the gateway's JVM the process has no variables of a function's own.
        wanted.put("own", kind.ownProcess() ? kind.function() : null);
        wanted.put("given", kind.function());
        wanted.put("named", kind.function());
        wanted.put("id", "function-" + kind.function());
        assertThat(answer.expectGood().json()).isEqualTo(wanted);
    }

    private static void knowsItsConfiguration(Kind kind) throws Exception {
        Map<String, Object> wanted = new HashMap<>();
        wanted.put("kv", kind.onDemand() ? ENTRIES : Map.of());
        wanted.put("json", kind.onDemand() ? Map.of() : JSON);
        Map<String, Object> answer = call(kind, "config").expectGood().json();
        Map<?, ?> properties = (Map<?, ?>) answer.remove("component");
        assertThat(answer).isEqualTo(wanted);
        if (kind.code().equals("plain")) {
            assertThat(properties).isEmpty();
        } else if (kind.code().equals("java") && kind.onDemand()) {
            assertThat(properties).isEqualTo(Map.of("config.kv.colour", "green"));
        } else if (kind.code().equals("java")) {
            String text = (String) properties.get("config.json");
            assertThat(Json.readObject(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(JSON);
            assertThat(properties).hasSize(1);
        }
    }

    private static Map<String, Object> device() throws Exception {
        return rest.get(DEVICE + "/properties").expectGood().json();
    }

    private static void getsProperties(Kind kind) throws Exception {
        int setpoint = KINDS.indexOf(kind) + 1;
        rest.send("PUT", DEVICE + "/properties", Map.of("setpoint", setpoint)).expectGood();
        assertThat(call(kind, "get kettle").expectGood().json())
                .isEqualTo(Map.of("setpoint", setpoint, "name", "Kessel grün"));
    }

    private static void setsAProperty(Kind kind) throws Exception {
        int setpoint = KINDS.indexOf(kind) + 51;
        call(kind, "set " + setpoint).expectGood();
        assertThat(device()).containsEntry("setpoint", setpoint);
    }

    private static void isToldWhatADeviceRefuses(Kind kind) throws Exception {
        assertThat(call(kind, "get no-product").text()).contains("no-product");
        Object before = device();
        assertThat(call(kind, "set 101").text()).contains("setpoint: 101 is not within 0 … 100");
        assertThat(device()).isEqualTo(before);
    }

    /** The answer comes while the function waits, and says nothing of how the call ends. */
    private static void isCalledAsynchronously(Kind kind) throws Exception {
        Path pipe = FOLDER.getRoot().toPath().resolve("pipe-" + kind.function());
        assertThat(new ProcessBuilder("mkfifo", pipe.toString())
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        accepted(call(kind, "?async=true", "hold " + pipe));
        // Opened for both, it waits for nobody, and keeps the line until it is read.
        try (RandomAccessFile end = new RandomAccessFile(pipe.toFile(), "rw")) {
            end.write("released\n".getBytes(StandardCharsets.US_ASCII));
            awaitLog(kind, SOON, "was held until released");
        }
        String id = accepted(call(kind, "?async=true", "fail without a listener"));
        Await.until(() -> kind.function() + " failed at call " + id, SOON, () -> rest.get("/api/v1/logs?limit=1000")
                .expectGood()
                .text()
                .contains("function " + kind.function() + " failed at the asynchronous call " + id
                        + ": without a listener"));
    }

    /** @return the id of the call */
    private static String accepted(Rest.Answer answer) throws Exception {
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        assertThat(answer.requestId()).isNotEmpty();
        assertThat(answer.json()).isEqualTo(Map.of("accepted", true, "requestId", answer.requestId()));
        return answer.requestId();
    }

    private static void logsALine(Kind kind) throws Exception {
        call(kind, "log one line of " + kind.function()).expectGood();
        awaitLog(kind, SOON, "one line of " + kind.function());
        assertThat(logs(kind)).containsPattern("(?i)\"level\":\"warn\"[^}]*one line of");
    }

    private static void publishes(Kind kind) throws Exception {
        call(kind, "publish /conform/" + kind.function()).expectGood();
        awaitLog(kind, SOON, "got /conform/" + kind.function() + ": hello");
    }

    private static void callsAnother(Kind kind) throws Exception {
        Kind other = KINDS.stream()
                .filter(each -> !each.language().equals(kind.language()))
                .findFirst()
                .orElseThrow();
        assertThat(call(kind, "call " + other.function()).expectGood().text()).isEqualTo("called");
    }

    private static void comesBackFromATimeout(Kind kind) throws Exception {
        Rest.Answer late = call(kind, "?timeout=300ms", "sleep");
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.errorType()).isEqualTo("TIMEOUT");
        assertThat(late.text()).contains("did not answer in time");
        assertThat(call(kind, "echo again").expectGood().text()).isEqualTo("again");
    }

    private static void comesBackFromACrash(Kind kind) throws Exception {
        Rest.Answer lost = call(kind, "end");
        assertThat(lost.status()).isEqualTo(503);
        assertThat(lost.errorType()).isEqualTo("INSTANCE_LOST");
        assertThat(lost.text()).contains("exit code 3");
        assertThat(call(kind, "echo again").expectGood().text()).isEqualTo("again");
        assertThat(logs(kind))
                .containsOnlyOnce("running\"")
                .containsPattern("instance \\d+ started: process \\d+")
                .contains("instance ended: exit code 3");
    }

    private static void goesByItsMode(Kind kind) throws Exception {
        if (kind.onDemand()) {
            awaitInstances(kind, 0);
        } else if (kind.ownProcess()) {
            awaitInstances(kind, 1);
        }
    }

    @Test
    public void eachKindOfFunctionDoesTheSame() throws Exception {
        List<String> failures = new ArrayList<>();
        Map<Kind, List<String>> table = new LinkedHashMap<>();
        for (Map.Entry<String, Case> each : CASES.entrySet()) {
            for (Kind kind : KINDS) {
                if (!kind.ownProcess() && each.getKey().equals("crash")) {
                    // What ends its JVM ends the gateway: bundles isolate no such fault.
                    table.computeIfAbsent(kind, k -> new ArrayList<>()).add("-");
                    continue;
                }
                String verdict = "pass";
                try {
                    each.getValue().run(kind);
                } catch (AssertionError | Exception e) {
                    verdict = "FAIL";
                    failures.add(kind.function() + ", " + each.getKey() + ": " + e);
                }
                table.computeIfAbsent(kind, k -> new ArrayList<>()).add(verdict);
            }
        }
        print(table);
        assertThat(failures).isEmpty();
    }

    private static void print(Map<Kind, List<String>> table) {
        StringBuilder text = new StringBuilder("ConformanceIT: " + KINDS.size() + " kinds of function, " + CASES.size()
                + " cases\n" + String.format(Locale.ROOT, "%-28s", ""));
        CASES.keySet().forEach(name -> text.append(String.format(Locale.ROOT, "%-8s", name)));
        table.forEach((kind, verdicts) -> {
            text.append(String.format(Locale.ROOT, "%n%-28s", kind.function()));
            verdicts.forEach(verdict -> text.append(String.format(Locale.ROOT, "%-8s", verdict)));
        });
        System.out.println(text);
    }
}
