package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.LimitedGateway.Call;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** How many instances a function has, how many calls each has at a time, and what becomes of one that hangs. */
public class InstancesIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            InstancesIT.class, "instances come and go with the load, busy ones stay, one that hangs is started again");

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int CALLS = 3;

    private static final String DOCUMENT = """
            instance: instances
            functions:
              - {name: beside-java, file: meet-0.jar, language: java, concurrency: 3, timeout: 60s}
              - {name: beside-host, file: meet-0.jar, language: java, isolation: process, concurrency: 3, timeout: 60s}
              - {name: beside-python, file: python.zip, language: python, concurrency: 3, timeout: 60s}
              - {name: beside-nodejs, file: nodejs.zip, language: nodejs, concurrency: 3, timeout: 60s}
              - {name: beside-c, file: c.zip, language: c, architecture: %s, concurrency: 3, timeout: 60s}
              - {name: many, file: python.zip, language: python, instances: 3, idle: 1s, timeout: 60s}
              - {name: kept, file: python.zip, language: python, mode: continuous, instances: 3, idle: 1s, timeout: 60s}
              - {name: busy, file: python.zip, language: python, idle: 300ms, timeout: 60s}
              - {name: idle, file: python.zip, language: python, idle: 300ms, timeout: 60s}
              - {name: hangs, file: python.zip, language: python, mode: continuous, timeout: 60s}
            """;

    private static Margay margay;
    private static LimitedGateway gateway;
    private static long gatewayProcess;

    @BeforeClass
    public static void start() throws Exception {
        Compiler.need();
        margay = new Margay(FOLDER.getRoot().toPath());
        Margay.Gateway started = margay.startGateway(Map.of(), "--set", "margay.liveness.period=2s");
        gatewayProcess = started.running().process().pid();
        gateway = new LimitedGateway(margay, started);
        Path folder = FOLDER.newFolder("packages").toPath();
        WorkloadFiles.bundle(folder, "meet", 0);
        WorkloadFiles.zip(folder.resolve("python.zip"), Map.of("index.py", source("index.py")));
        WorkloadFiles.zip(folder.resolve("nodejs.zip"), Map.of("index.js", source("index.js")));
        byte[] program = Files.readAllBytes(Compiler.compile(folder, "meet", source("main.c")));
        Compiler.zip(folder.resolve("c.zip"), program, "");
        Path document = Files.writeString(
                folder.resolve("instances.yaml"),
                DOCUMENT.formatted(Compiler.architecture().word()));
        margay.run("apply", "-f", document.toString()).expect(0);
    }

    @AfterClass
    public static void end() throws Exception {
        if (margay != null) {
            margay.close();
        }
    }

    private static String source(String name) throws Exception {
        return new String(
                InstancesIT.class.getResourceAsStream("/meet/" + name).readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Calls that end when there are so many. */
    private static List<CompletableFuture<Call>> meet(String function, Path folder, int calls, int wanted) {
        List<CompletableFuture<Call>> all = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            all.add(gateway.callLater(function, folder + " " + wanted, "60s"));
        }
        return all;
    }

    private static List<Long> processes(List<CompletableFuture<Call>> calls) throws Exception {
        List<Long> processes = new ArrayList<>();
        for (CompletableFuture<Call> each : calls) {
            assertThat(each.get().status()).as(each.get().text()).isEqualTo(200);
            processes.add(Long.parseLong(each.get().text()));
        }
        return processes;
    }

    @Test
    public void callsOfOneInstanceRunSideBySideInEachLanguage() throws Exception {
        for (String name : List.of("java", "host", "python", "nodejs", "c")) {
            String function = "beside-" + name;
            for (int round = 0; round < 3; round++) {
                Path folder = FOLDER.newFolder(function + round).toPath();
                List<Long> processes = processes(meet(function, folder, CALLS, CALLS));
                assertThat(processes).as(function).hasSize(CALLS).containsOnly(processes.get(0));
                assertThat(processes.get(0) == gatewayProcess).as(function).isEqualTo(name.equals("java"));
            }
        }
    }

    @Test
    public void instancesComeWithTheLoadAndGoWithIt() throws Exception {
        for (String function : List.of("many", "kept")) {
            for (int round = 0; round < 2; round++) {
                Path folder = FOLDER.newFolder(function + round).toPath();
                assertThat(processes(meet(function, folder, CALLS, CALLS)))
                        .as(function)
                        .doesNotHaveDuplicates();
                int least = function.equals("kept") ? 1 : 0;
                gateway.await("function:" + function, status -> ((List<?>) status.get("processes")).size() == least);
            }
            assertThat(gateway.workload("function:" + function).get("restarts")).isEqualTo(0);
        }
    }

    @Test
    public void aBusyOneStays() throws Exception {
        Path folder = FOLDER.newFolder("busy").toPath();
        List<CompletableFuture<Call>> busy = meet("busy", folder, 1, 2);
        gateway.awaitCalls("busy", 1, 0);
        List<Long> before = gateway.processes("function:busy");
        for (int round = 0; round < 3; round++) {
            Path other = FOLDER.newFolder("idle" + round).toPath();
            processes(meet("idle", other, 1, 1));
            gateway.await("function:idle", status -> ((List<?>) status.get("processes")).isEmpty());
        }
        assertThat(gateway.processes("function:busy")).hasSize(1).isEqualTo(before);
        Files.createFile(folder.resolve("other"));
        assertThat(processes(busy)).isEqualTo(before);
    }

    @Test
    public void whatItsProcessesTakeIsTold() throws Exception {
        gateway.await("function:kept", status -> ((List<?>) status.get("processes")).size() == 1);
        Map<?, ?> kept = gateway.workload("function:kept");
        assertThat(((Number) kept.get("memoryBytes")).longValue()).isBetween(1_000_000L, 100_000_000L);
        assertThat(((Number) kept.get("cpuMillis")).longValue()).isBetween(0L, 60_000L);
        assertThat(gateway.workload("function:beside-java").containsKey("memoryBytes"))
                .as("in the gateway's JVM")
                .isFalse();
        assertThat(margay.run("status").expect(0).out()).containsPattern("function:kept .* \\d+ MB +\\d+ s");
    }

    @Test
    public void oneThatHangsIsStartedAgain() throws Exception {
        gateway.await("function:hangs", status -> ((List<?>) status.get("processes")).size() == 1);
        long before = gateway.processes("function:hangs").get(0);
        new ProcessBuilder("kill", "-STOP", Long.toString(before)).start().waitFor();
        String why = "unhealthy: it did not answer for 6s";
        gateway.awaitLog("function:hangs", "instance ended: " + why);
        gateway.await(
                "function:hangs",
                status -> why.equals(status.get("lastFailure"))
                        && Integer.valueOf(1).equals(status.get("restarts"))
                        && ((List<?>) status.get("processes")).size() == 1);
        Await.until("it is gone", SOON, () -> ProcessHandle.of(before).isEmpty());
        assertThat(processes(meet("hangs", FOLDER.newFolder("hangs").toPath(), 1, 1)))
                .doesNotContain(before);
    }
}
