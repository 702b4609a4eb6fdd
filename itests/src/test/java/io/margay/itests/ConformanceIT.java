package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
 * function, a column for each thing that it must do.
 */
public class ConformanceIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration A_MINUTE_AND_MORE = Duration.ofSeconds(90);

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    /**
     * A kind of function.
     *
     * @param error the type of an error that its code throws
     */
    private record Kind(String language, String isolation, String mode, String error) {
        String function() {
            return language + "-" + isolation + "-" + mode;
        }

        boolean ownProcess() {
            return isolation.equals("process");
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
                "python", WorkloadFiles.zip(folder.resolve("python.zip"), Map.of("index.py", source("index.py"))),
                "nodejs", WorkloadFiles.zip(folder.resolve("nodejs.zip"), Map.of("index.js", source("index.js"))),
                "c", Compiler.zip(folder.resolve("c.zip"), Files.readAllBytes(program(folder)), ""));
        StringBuilder text = new StringBuilder("instance: conform\nfunctions:\n");
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
                        config: {kv: {colour: green}}
                        timers: [{name: minutely, cron: "* * * * *", payload: %s}]
                    """.formatted(
                            kind.function(),
                            files.get(kind.language()),
                            kind.language(),
                            kind.isolation(),
                            kind.mode(),
                            kind.function(),
                            kind.function()));
            if (kind.language().equals("c")) {
                text.append("    architecture: ")
                        .append(Compiler.architecture().word())
                        .append('\n');
            } else if (!kind.language().equals("java")) {
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

    private static Rest.Answer call(Kind kind, String parameters, byte[] event) throws Exception {
        return rest.send(
                "POST",
                "/api/v1/functions/" + kind.function() + "/invocations" + parameters,
                "application/octet-stream",
                event);
    }

    private static Rest.Answer call(Kind kind, String event) throws Exception {
        return call(kind, "", event.getBytes(StandardCharsets.UTF_8));
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
        CASES.put("config", kind -> assertThat(
                        call(kind, "config colour").expectGood().text())
                .isEqualTo("green"));
        CASES.put("log", ConformanceIT::logsALine);
        CASES.put("publish", ConformanceIT::publishes);
        CASES.put("call", ConformanceIT::callsAnother);
        CASES.put("refusal", kind -> assertThat(call(kind, "get").text()).contains("no-product"));
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
        assertThat(call(kind, "", event).expectGood().body()).isEqualTo(back);
    }

    private static void tellsAnError(Kind kind) throws Exception {
        Rest.Answer answer = call(kind, "fail as asked");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.text()).contains("as asked").contains(kind.error());
    }

    private static void knowsItsContext(Kind kind) throws Exception {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("name", kind.function());
        Rest.Answer answer = call(kind, "context").expectGood();
        wanted.put("request", answer.requestId());
        wanted.put("left", true);
        wanted.put("own", kind.function());
        wanted.put("given", kind.function());
        wanted.put("id", "function-" + kind.function());
        assertThat(answer.json()).isEqualTo(wanted);
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
        Rest.Answer late = call(kind, "?timeout=300ms", "sleep".getBytes(StandardCharsets.UTF_8));
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.text()).contains("did not answer in time");
        assertThat(call(kind, "echo again").expectGood().text()).isEqualTo("again");
    }

    private static void comesBackFromACrash(Kind kind) throws Exception {
        Rest.Answer lost = call(kind, "end");
        assertThat(lost.status()).isEqualTo(503);
        assertThat(lost.text()).contains("exit code 3");
        assertThat(call(kind, "echo again").expectGood().text()).isEqualTo("again");
        assertThat(logs(kind))
                .containsOnlyOnce("running\"")
                .containsPattern("instance \\d+ started: process \\d+")
                .contains("instance ended: exit code 3");
    }

    private static void goesByItsMode(Kind kind) throws Exception {
        if (kind.mode().equals("on-demand")) {
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
                } catch (AssertionError e) {
                    verdict = "FAIL";
                    failures.add(kind.function() + ", " + each.getKey() + ": " + e.getMessage());
                }
                table.computeIfAbsent(kind, k -> new ArrayList<>()).add(verdict);
            }
        }
        print(table);
        assertThat(failures).isEmpty();
    }

    private static void print(Map<Kind, List<String>> table) {
        StringBuilder text = new StringBuilder("ConformanceIT: " + KINDS.size() + " kinds of function, " + CASES.size()
                + " cases\n" + String.format(Locale.ROOT, "%-26s", ""));
        CASES.keySet().forEach(name -> text.append(String.format(Locale.ROOT, "%-8s", name)));
        table.forEach((kind, verdicts) -> {
            text.append(String.format(Locale.ROOT, "%n%-26s", kind.function()));
            verdicts.forEach(verdict -> text.append(String.format(Locale.ROOT, "%-8s", verdict)));
        });
        System.out.println(text);
    }
}
