package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;

/** Containers outlive their gateway: the next one takes them back as they are, and leaves none behind. */
public class ContainerAdoptionIT {
    private static final TestEngine ENGINE = new TestEngine();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(ENGINE).around(new LeakGuard());

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int KILLS = 5;
    private static final int PROGRESS = 200;
    /** At the gateway's start, after 1, 2, 4, 8 and 16 seconds. */
    private static final int FAILURES = 6;

    private static final Duration NEXT_TRY = Duration.ofSeconds(32);

    private static final List<String> COUNTERS = List.of("python", "nodejs", "c", "demand", "frozen");

    private static final String PYTHON =
            "n = 0\n\ndef handler(event, context):\n    global n\n    n += 1\n    return str(n)\n";
    private static final String NODE = "let n = 0;\nexports.handler = async () => String(++n);\n";
    private static final String C = """
            #include <stdio.h>
            #include "margay.h"

            static int n;

            static int handle(const margay_call *call, margay_reply *reply, void *user, margay_error *error) {
              char text[20];
              (void)call;
              (void)user;
              (void)error;
              return margay_reply_bytes(reply, text, (size_t)sprintf(text, "%d", ++n));
            }

            int main(void) {
              margay_function function = {.handle = handle};
              return margay_run_function(&function);
            }
            """;

    private static final String BELL = """
            import threading, time
            from margay import Driver

            starts = 0

            def ring():
                while True:
                    print("rings at", int(time.time() * 1000), flush=True)
                    time.sleep(0.1)

            threading.Thread(target=ring, daemon=True).start()

            class Bell(Driver):
                def start(self, context):
                    global starts
                    starts += 1
                    for settings in context.devices:
                        context.connect(settings).online()

                def get(self, device, properties):
                    return {"n": starts}

                def call(self, device, service, input):
                    return {"said": device.report({"n": 100}).status}
            """;

    @Test
    public void theNextGatewayTakesThemBack() throws Exception {
        Compiler.need();
        Path root = Folders.make("ma");
        try (ContainedGateway gateway = new ContainedGateway(root, ENGINE)) {
            gateway.start().apply(counters(gateway, root));
            callAll(gateway, 1);
            Map<String, String> before = ids(gateway);
            awaitFrozen(gateway);

            leaveBehind(gateway, before.get("function:python"));
            gateway.kill();
            long again = System.currentTimeMillis();
            gateway.start();
            gateway.awaitRunning("function:python", "function:nodejs", "function:c", "driver:bell");
            callAll(gateway, 2);
            linesOfMeanwhileHaveTheirTimes(gateway, again);
            assertThat(ids(gateway)).isEqualTo(before);
            gateway.awaitJust(List.copyOf(before.keySet()));
            int adopted = before.size();

            gateway.kill();
            gateway.start("margay.container.user=65533:65533");
            gateway.awaitRunning("function:python", "function:nodejs", "function:c", "driver:bell");
            callAll(gateway, 1); // anew
            gateway.awaitJust(List.copyOf(before.keySet()));
            assertThat(ids(gateway).values()).doesNotContainAnyElementsOf(before.values());

            gateway.stop();
            assertThat(gateway.containers()).isEmpty();
            assertThat(gateway.folders()).isEmpty();
            System.out.printf(
                    "ContainerAdoptionIT: adopted: %d of %d (python, nodejs, c, a driver, on demand, frozen), with other settings replaced: %d, leftovers removed: 2, left after the stop: 0%n",
                    adopted, before.size(), before.size());
        }
    }

    /** Each continues to count from what it counted before. */
    private static void callAll(ContainedGateway gateway, int expected) throws Exception {
        for (String function : COUNTERS) {
            assertThat(gateway.call(function, "")).as(function).isEqualTo(Integer.toString(expected));
        }
        assertThat(gateway.calls().read("load/load-1").toString())
                .as("starts of the driver")
                .isEqualTo("{n=1}");
        Rest.Answer said = gateway.calls().callService("load/load-1", "ring");
        assertThat(said.text()).contains("ACCEPTED");
    }

    private static Map<String, String> ids(ContainedGateway gateway) throws Exception {
        Map<String, String> ids = new LinkedHashMap<>();
        for (String workload : gateway.containers().keySet()) {
            ids.put(workload, gateway.container(workload));
        }
        return ids;
    }

    private static void awaitFrozen(ContainedGateway gateway) throws Exception {
        Await.until("it is frozen", SOON, () -> gateway.log("function:frozen")
                .toString()
                .contains("froze an instance"));
    }

    /** What a container wrote between two gateways is told with the time at which it was written. */
    private static void linesOfMeanwhileHaveTheirTimes(ContainedGateway gateway, long again) throws Exception {
        String line = "rings at ";
        long up = gateway.records("").stream()
                .filter(record -> String.valueOf(record.get("workload")).isEmpty())
                .mapToLong(ContainerAdoptionIT::time)
                .min()
                .orElseThrow();
        assertThat(up).isGreaterThan(again);
        Await.until("a line of before is told", SOON, () -> gateway.records("driver:bell").stream()
                .filter(record -> String.valueOf(record.get("message")).startsWith(line))
                .anyMatch(record -> time(record) < up));
        gateway.records("driver:bell").stream()
                .filter(record -> String.valueOf(record.get("message")).startsWith(line))
                .forEach(record -> {
                    long written =
                            Long.parseLong(String.valueOf(record.get("message")).substring(line.length()));
                    assertThat(time(record)).isBetween(written, written + 5_000);
                });
    }

    private static long time(Map<String, Object> record) {
        return ((Number) record.get("time")).longValue();
    }

    /** A container of a workload that there is not, and a folder without a container. */
    private static void leaveBehind(ContainedGateway gateway, String like) throws Exception {
        Map<String, Object> model = ENGINE.inspect(like);
        Map<?, ?> config = (Map<?, ?>) model.get("Config");
        Map<String, Object> labels = new LinkedHashMap<>();
        ((Map<?, ?>) config.get("Labels")).forEach((key, value) -> labels.put((String) key, value));
        labels.put("io.margay.workload", "function:gone");
        labels.put("io.margay.folder", "c0000");
        Files.createDirectory(gateway.runFolder().resolve("c0000"));
        Files.createDirectory(gateway.runFolder().resolve("c0001"));
        String python = String.valueOf(((List<?>) config.get("Cmd")).get(0));
        Map<String, Object> body = Map.of(
                "Image",
                String.valueOf(model.get("Image")),
                "Labels",
                labels,
                "Cmd",
                List.of(python, "-c", "import time; time.sleep(600)"));
        TestEngine.Said said = TestEngine.post("/containers/create", Json.text(body));
        assertThat(said.code()).as(said.text()).isZero();
        String id = String.valueOf(gateway.json(said.text()).get("Id"));
        assertThat(TestEngine.curl("POST", "/containers/" + id + "/start").code())
                .isZero();
    }

    private static String counters(ContainedGateway gateway, Path root) throws Exception {
        gateway.script("count.zip", "index.py", PYTHON);
        gateway.script("countjs.zip", "index.js", NODE);
        gateway.script("bell.zip", "index.py", BELL);
        Compiler.zip(root.resolve("countc.zip"), Files.readAllBytes(Compiler.compile(root, "count", C)), "1");
        return """
                instance: adoption
                products:
                  - key: load
                    model:
                      properties: [{identifier: n, dataType: {type: int}}]
                      services: [{identifier: ring, outputData: [{identifier: said, dataType: {type: text}}]}]
                drivers:
                  - {name: bell, file: bell.zip, language: python, isolation: container}
                devices:
                  - {product: load, name: load-1, driver: bell}
                functions:
                  - {name: python, file: count.zip, language: python, isolation: container, mode: continuous}
                  - {name: nodejs, file: countjs.zip, language: nodejs, isolation: container, mode: continuous}
                  - {name: c, file: countc.zip, language: c, architecture: %s, isolation: container, mode: continuous}
                  - {name: demand, file: count.zip, language: python, isolation: container, idle: 1h}
                  - {name: frozen, file: count.zip, language: python, isolation: container, idle: 300ms}
                """.formatted(Compiler.architecture().word());
    }

    @Test
    public void nothingAcknowledgedIsLostUnderLoad() throws Exception {
        try (ContainedGateway gateway = new ContainedGateway(Folders.make("mb"), ENGINE)) {
            AdoptedLoad load = new AdoptedLoad(gateway);
            load.start();
            Map<String, String> before = ids(gateway);
            int adopted = 0;
            for (int kill = 0; kill < KILLS; kill++) {
                load.awaitMore(PROGRESS);
                gateway.kill();
                gateway.start();
                gateway.awaitRunning(before.keySet().toArray(String[]::new));
                Map<String, String> now = ids(gateway);
                adopted += (int) before.entrySet().stream()
                        .filter(each -> each.getValue().equals(now.get(each.getKey())))
                        .count();
            }
            load.awaitMore(PROGRESS);
            AdoptedLoad.Figures figures = load.stop();
            gateway.stop();
            gateway.awaitNothingLeft();
            System.out.printf(
                    "ContainerAdoptionIT: gateway killed: %d, containers adopted: %d of %d, acknowledged and lost: calls %d and %d, asynchronous calls %d and %d, reports on a stored route %d and %d; handed over twice: %d%n",
                    KILLS,
                    adopted,
                    KILLS * before.size(),
                    figures.calls(),
                    figures.lostCalls(),
                    figures.later(),
                    figures.lostLater(),
                    figures.reports(),
                    figures.lostReports(),
                    figures.doubles());
            assertThat(figures.lostCalls() + figures.lostLater() + figures.lostReports())
                    .as("acknowledged and lost")
                    .isZero();
            assertThat(adopted).isEqualTo(KILLS * before.size());
        }
    }

    @Test
    public void aHomeWithALongPathTakesThemBackToo() throws Exception {
        Path root = Folders.make("mf");
        Path folder = Files.createDirectory(root.resolve("x".repeat(100)));
        try (ContainedGateway gateway = new ContainedGateway(folder, ENGINE)) {
            gateway.script("count.zip", "index.py", PYTHON);
            gateway.start().apply("""
                    instance: long
                    functions:
                      - {name: python, file: count.zip, language: python, isolation: container, mode: continuous}
                      - {name: process, file: count.zip, language: python, isolation: process, mode: continuous}
                    """);
            assertThat(gateway.call("python", "")).isEqualTo("1");
            assertThat(gateway.call("process", "")).isEqualTo("1");
            Path sockets = socketsOf(gateway.container("function:python"));
            long process = gateway.calls().processes("function:process").get(0);
            gateway.kill();
            gateway.start();
            gateway.awaitRunning("function:python", "function:process");
            assertThat(gateway.call("python", "")).isEqualTo("2");
            assertThat(gateway.call("process", ""))
                    .as("a process is started anew")
                    .isEqualTo("1");
            assertThat(ProcessHandle.of(process)).as("the former one").isEmpty();
            assertThat(socketsOf(gateway.container("function:python"))).isEqualTo(sockets);
            try (Stream<Path> workers = Files.list(sockets)) {
                assertThat(workers).as("one folder of each worker").hasSize(2);
            }
            gateway.stop();
            assertThat(gateway.containers()).isEmpty();
            assertThat(sockets).doesNotExist();
        }
    }

    /** The gateway's folder for the sockets of its workers. */
    private static Path socketsOf(String container) throws Exception {
        Map<?, ?> labels = (Map<?, ?>) ((Map<?, ?>) ENGINE.inspect(container).get("Config")).get("Labels");
        return ((List<?>) ENGINE.inspect(container).get("Mounts"))
                .stream()
                        .map(each -> Path.of(String.valueOf(((Map<?, ?>) each).get("Source"))))
                        .filter(each -> each.endsWith(String.valueOf(labels.get("io.margay.folder"))))
                        .findFirst()
                        .orElseThrow()
                        .getParent();
    }

    @Test
    public void anEngineThatComesLateIsUsedAtOnce() throws Exception {
        try (ContainedGateway gateway = new ContainedGateway(Folders.make("mg"), ENGINE)) {
            gateway.script("count.zip", "index.py", PYTHON);
            gateway.start().apply("""
                    instance: late
                    functions:
                      - {name: late, file: count.zip, language: python, isolation: container, mode: continuous}
                      - {name: auto, file: count.zip, language: python, mode: continuous}
                    """);
            gateway.stop();
            ENGINE.kill();
            try {
                gateway.start();
                Await.until(() -> FAILURES + " failures", SOON, () -> gateway.restarts("function:late") == FAILURES);
            } finally {
                ENGINE.start();
            }
            Await.until(
                    "the gateway finds it", SOON, () -> gateway.engineState().equals("ready"));
            long found = System.nanoTime();
            gateway.awaitRunning("function:late", "function:auto");
            gateway.awaitJust(List.of("function:late", "function:auto"));
            Duration after = Duration.ofNanos(System.nanoTime() - found);
            assertThat(after).isLessThan(NEXT_TRY.dividedBy(2));
            gateway.stop();
            gateway.awaitNothingLeft();
            System.out.printf(
                    "ContainerAdoptionIT: after %d failures without an engine a function ran %d ms after the engine was found, rather than after up to %d s%n",
                    FAILURES, after.toMillis(), NEXT_TRY.toSeconds());
        }
    }

    @Test
    public void theEngineIsKilledUnderLoad() throws Exception {
        try (ContainedGateway gateway = new ContainedGateway(Folders.make("mc"), ENGINE)) {
            new EngineKills(gateway, ENGINE).run();
            gateway.stop();
            gateway.awaitNothingLeft();
        }
    }
}
