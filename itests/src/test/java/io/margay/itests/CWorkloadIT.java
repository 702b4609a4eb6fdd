package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.Architecture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** A driver and a function in C, compiled here with the shipped SDK, by {@code bin/margay} as people deploy them. */
public class CWorkloadIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final Duration SOON = Duration.ofSeconds(60);

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            CWorkloadIT.class,
            "drivers and functions in C run, are swapped and come back, and fit the machine or are refused");

    private static Margay margay;
    private static Path folder;
    private static Architecture architecture;
    private static byte[] driver;
    private static byte[] function;

    @BeforeClass
    public static void start() throws Exception {
        Compiler.need();
        margay = new Margay(FOLDER.getRoot().toPath());
        folder = FOLDER.newFolder("c").toPath();
        architecture = Compiler.architecture();
        driver = Files.readAllBytes(Compiler.program(folder, "driver"));
        function = Files.readAllBytes(Compiler.program(folder, "function"));
        margay.startGateway();
    }

    @AfterClass
    public static void end() throws Exception {
        if (margay != null) {
            margay.close();
        }
    }

    private static Path document(String version, String functionFile) throws Exception {
        return Files.writeString(
                folder.resolve("oven.yaml"), """
                instance: c
                products:
                  - key: oven
                    model:
                      properties:
                        - {identifier: temperature, accessMode: r, dataType: {type: double}}
                        - {identifier: target, accessMode: rw, dataType: {type: double}}
                      services:
                        - {identifier: "off", outputData: [{identifier: target, dataType: {type: double}}]}
                drivers:
                  - {name: oven, catalog: {driver: oven, version: "%s"}, config: {kv: {period: "20"}}}
                devices:
                  - {product: oven, name: oven-1, driver: oven, config: {temperature: 25}}
                functions:
                  - name: alarm
                    file: %s
                    language: c
                    architecture: %s
                    mode: continuous
                    config: {json: {limit: 60}}
                routes:
                  - {name: heat, from: {product: oven}, to: {function: alarm}}
                  - {name: alarms, from: {function: alarm}, to: log}
                """.formatted(version, functionFile, architecture.word()));
    }

    private static void publish(String version) throws Exception {
        Path zip = Compiler.zip(folder.resolve("driver-" + version + ".zip"), driver, version);
        margay.run("driver", "version", "add", "oven", version, "--file", zip.toString())
                .expect(0);
        margay.run("driver", "publish", "oven", version, "--yes").expect(0);
    }

    private static Map<?, ?> row(String list, String key, String value, String... command) throws Exception {
        List<?> rows = (List<?>) margay.run(command).expect(0).json().get(list);
        return rows.stream()
                .map(row -> (Map<?, ?>) row)
                .filter(row -> value.equals(row.get(key)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + value + " in " + rows));
    }

    private static Map<?, ?> workload(String id) throws Exception {
        return row("workloads", "id", id, "status", "--json");
    }

    private static long process(String id) throws Exception {
        return ((Number) ((List<?>) workload(id).get("processes")).get(0)).longValue();
    }

    private static long accepted() throws Exception {
        return ((Number) row("devices", "deviceName", "oven-1", "device", "list", "--json")
                        .get("accepted"))
                .longValue();
    }

    private static void awaitReports(String when) throws Exception {
        long before = accepted();
        Await.until("it reports " + when, SOON, () -> accepted() > before + 5);
    }

    @Test
    public void aValueGoesFromADriverThroughARouteToAFunction() throws Exception {
        margay.run("driver", "create", "oven", "--protocol", "custom", "--language", "c", "--arch", architecture.word())
                .expect(0);
        publish("1.0");
        Path zip = Compiler.zip(folder.resolve("function.zip"), function, "1");
        margay.run("apply", "-f", document("1.0", zip.toString()).toString()).expect(0);
        awaitReports("after it was deployed");

        margay.run("device", "set", "oven/oven-1", "target=90").expect(0);
        assertThat(margay.run("device", "get", "oven/oven-1", "target")
                        .expect(0)
                        .out())
                .contains("90");
        // What the function published came to its own route.
        margay.await(result -> result.out().contains("/alarms"), "logs", "-n", "1000");
        assertThat(margay.run("logs", "-n", "1000").expect(0).out())
                .containsPattern("function:alarm +/sys/oven/oven-1.*: \\d+\\.\\d degrees")
                .containsPattern("/alarms.*\\{\"alarm\":\\d");
        assertThat(margay.run(
                                "function",
                                "invoke",
                                "alarm",
                                "-d",
                                "{\"topic\": \"/t\", \"payload\": \"{\\\"temperature\\\": {\\\"value\\\": 99.5}}\"}")
                        .expect(0)
                        .out())
                .isEqualTo("{\"alarm\":99.5}");
        assertThat(margay.run("function", "invoke", "alarm", "-d", "hot")
                        .expect(1)
                        .err())
                .contains("no JSON");
        assertThat(margay.run("device", "call", "oven/oven-1", "off").expect(0).out())
                .contains("20");

        // A new version of each takes over.
        long driverBefore = process("driver:oven");
        long functionBefore = process("function:alarm");
        publish("2.0");
        Compiler.zip(zip, function, "2");
        String plan = margay.run("apply", "-f", document("2.0", zip.toString()).toString())
                .expect(0)
                .out();
        assertThat(plan).containsPattern("~ update +driver +oven").containsPattern("~ update +function +alarm");
        assertThat(process("driver:oven")).isNotEqualTo(driverBefore);
        assertThat(process("function:alarm")).isNotEqualTo(functionBefore);
        assertThat(workload("driver:oven").get("version")).isEqualTo("2.0");
        Await.until(
                "the former ones have ended",
                SOON,
                () -> ProcessHandle.of(driverBefore).isEmpty()
                        && ProcessHandle.of(functionBefore).isEmpty());
        awaitReports("from its new version");

        // A crash.
        long killed = process("driver:oven");
        long begun = System.nanoTime();
        assertThat(ProcessHandle.of(killed).orElseThrow().destroyForcibly()).isTrue();
        Await.until("it runs again", SOON, () -> {
            Map<?, ?> status = workload("driver:oven");
            return "running".equals(status.get("state"))
                    && !status.get("processes").equals(List.of(killed))
                    && ((Number) status.get("restarts")).intValue() == 1;
        });
        long again = (System.nanoTime() - begun) / 1_000_000;
        awaitReports("after it was killed");
        System.out.printf(
                "in C: %d reports through %d and %d bytes of program, seen to run again %d ms after a kill%n",
                accepted(), driver.length, function.length, again);
        margay.run(
                        "apply",
                        "-f",
                        Files.writeString(folder.resolve("none.yaml"), "instance: c\n")
                                .toString())
                .expect(0);
    }

    @Test
    public void oneDriverAloneIsInstalledAndUpdated() throws Exception {
        Path zip = Compiler.zip(folder.resolve("alone.zip"), driver, "1");
        String arch = architecture.word();
        assertThat(margay.run("driver", "install", "alone", zip.toString(), "--language", "c")
                        .expect(2)
                        .err())
                .contains("key 'architecture' is missing");
        margay.run("driver", "install", "alone", zip.toString(), "--language", "c", "--arch", arch)
                .expect(0);
        assertThat(margay.run("driver", "list").expect(0).out()).containsPattern("alone +running .* c +process");
        // Another file in C, then something that is not in C and has no architecture.
        Compiler.zip(zip, driver, "2");
        margay.run("driver", "update", "alone", zip.toString(), "--language", "c")
                .expect(0);
        Path script =
                WorkloadFiles.zip(folder.resolve("script.zip"), Map.of("index.py", "def start(context):\n    pass\n"));
        margay.run("driver", "update", "alone", script.toString(), "--language", "python")
                .expect(0);
        assertThat(margay.run("driver", "list").expect(0).out()).containsPattern("alone +running .* python +process");
        margay.run("driver", "remove", "alone").expect(0);
    }

    @Test
    public void whatDoesNotFitTheMachineIsRefusedInWords() throws Exception {
        Architecture other = architecture == Architecture.ARM64 ? Architecture.AMD64 : Architecture.ARM64;
        byte[] foreign = function.clone();
        // e_machine
        foreign[18] = (byte) (other == Architecture.ARM64 ? 183 : 62);
        Path zip = Compiler.zip(folder.resolve("foreign.zip"), foreign, "1");
        String document = """
                instance: c
                functions:
                  - {name: far, file: %s, language: c, architecture: %s}
                """;
        Path wrong = folder.resolve("wrong.yaml");
        Files.writeString(wrong, document.formatted(zip, architecture.word()));
        assertThat(margay.run("plan", "-f", wrong.toString()).expect(2).err())
                .contains("functions[0]: the file of function far")
                .contains("has a main that is built for " + other.word() + ", and its architecture is "
                        + architecture.word());
        Files.writeString(wrong, document.formatted(zip, other.word()));
        assertThat(margay.run("plan", "-f", wrong.toString()).expect(2).err())
                .contains("function far is built for " + other.word() + ", and this gateway runs on "
                        + architecture.word());
        Files.writeString(wrong, document.formatted(zip, other.word()).replaceFirst(", architecture: \\w+", ""));
        assertThat(margay.run("plan", "-f", wrong.toString()).expect(2).err())
                .contains("key 'architecture' is missing");

        // The same words where it is published; for another machine it may be published here.
        margay.run("function", "create", "far", "--language", "c", "--arch", architecture.word())
                .expect(0);
        margay.run("function", "version", "add", "far", "1", "--file", zip.toString())
                .expect(0);
        assertThat(margay.run("function", "publish", "far", "1", "--yes")
                        .expect(2)
                        .err())
                .contains("file: 'foreign.zip' has a main that is built for " + other.word()
                        + ", and its architecture is " + architecture.word());
        margay.run("function", "create", "farther", "--language", "c", "--arch", other.word())
                .expect(0);
        margay.run("function", "version", "add", "farther", "1", "--file", zip.toString())
                .expect(0);
        margay.run("function", "publish", "farther", "1", "--yes").expect(0);
        Files.writeString(wrong, """
                instance: c
                functions:
                  - {name: far, catalog: {function: farther, version: "1"}}
                """);
        assertThat(margay.run("plan", "-f", wrong.toString()).expect(2).err())
                .contains("function far is built for " + other.word());
    }
}
