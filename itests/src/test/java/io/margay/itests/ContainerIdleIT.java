package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Idle instances are frozen, by the engine where the gateway may not do it itself, and ended when they were for too long. */
public class ContainerIdleIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final TestEngine ENGINE = new TestEngine();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String FUNCTION = "function:one";

    @ClassRule
    public static final RuleChain RULES =
            RuleChain.outerRule(new LeakGuard()).around(ENGINE).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            ContainerIdleIT.class,
            "paused by the engine for a gateway that is not root; ended when frozen for too long, or when memory is short; a health check that failed meanwhile does not count");

    @Test
    public void aGatewayThatIsNotRootHasTheEngineDoIt() throws Exception {
        try (AutoCloseable opened = TestEngine.openTo("nogroup");
                Margay margay = Margay.as(
                        "nobody", "nogroup", FOLDER.newFolder("nobody").toPath())) {
            LimitedGateway gateway = start(margay, FOLDER.getRoot().toPath().resolve("nobody"));
            String self = "os.getuid(), os.getgid(), os.environ.setdefault('FIRST', str(os.times().elapsed))";
            String first = call(gateway, self);
            assertThat(first).as("its own user, %s", opened).contains("[65534, 65534, ");
            awaitPaused();
            assertThat(call(gateway, self)).as("the same one, woken up").isEqualTo(first);
            awaitPaused();
            margay.run("stop").expect(0);
        }
        assertThat(ENGINE.left()).isEmpty();
    }

    private static void awaitPaused() throws Exception {
        Await.until("it is paused", SOON, () -> ENGINE.containers().stream()
                .anyMatch(each -> "paused".equals(each.get("State"))));
    }

    @Test
    public void oneThatWasFrozenForTooLongIsEnded() throws Exception {
        Path folder = FOLDER.newFolder("root").toPath();
        try (Margay margay = new Margay(folder)) {
            LimitedGateway gateway = start(margay, folder, "--set", "margay.container.frozen=1s");
            String self = "os.environ.setdefault('FIRST', str(os.times().elapsed))";
            String first = call(gateway, self);
            gateway.awaitLog(FUNCTION, "froze an instance that was idle for 200ms");
            gateway.awaitLog(FUNCTION, "ends an instance that was idle for 200ms");
            Await.until("it is gone", SOON, () -> ENGINE.left().isEmpty());
            assertThat(call(gateway, self)).as("another one").isNotEqualTo(first);
            margay.run("stop").expect(0);
        }
        assertThat(ENGINE.left()).isEmpty();
    }

    /** For which another process takes a good quarter of what the machine has left. */
    @Test
    public void oneIsEndedWhereTheMachineIsShortOfMemory() throws Exception {
        long total = kilobytes("MemTotal");
        long available = kilobytes("MemAvailable");
        long enough = 100 * (available - available / 4) / total;
        Path folder = FOLDER.newFolder("short").toPath();
        try (Margay margay = new Margay(folder)) {
            LimitedGateway gateway = start(margay, folder, "--set", "margay.container.free=" + enough);
            call(gateway, "1");
            gateway.awaitLog(FUNCTION, "froze an instance that was idle for 200ms");
            assertThat(ENGINE.left()).hasSize(1);
            // An eighth more, as others may give back what they have meanwhile.
            long tooMuch = kilobytes("MemAvailable") - total * enough / 100 + available / 8;
            Process other = new ProcessBuilder(
                            "python3",
                            "-c",
                            "import sys; m = b'x' * (%d << 10); print(); sys.stdout.flush(); sys.stdin.read()"
                                    .formatted(tooMuch))
                    .start();
            try {
                assertThat(other.getInputStream().read()).as("it has it").isEqualTo('\n');
                gateway.awaitLog(FUNCTION, "ends an instance that was idle for 200ms");
                Await.until("it is gone", SOON, () -> ENGINE.left().isEmpty());
                assertThat(other.isAlive()).isTrue();
            } finally {
                other.destroyForcibly().waitFor();
            }
            assertThat(margay.run("logs", "-n", "1000").expect(0).out())
                    .contains("Less than " + enough
                            + " % of this machine's memory is free: idle containers are ended rather than kept frozen");
            assertThat(call(gateway, "6 * 7")).contains("42");
            margay.run("stop").expect(0);
        }
        assertThat(ENGINE.left()).isEmpty();
    }

    private static long kilobytes(String name) throws Exception {
        return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    /** The check can't end while its container is frozen, of which the engine knows nothing. */
    @Test
    public void aHealthCheckThatFailedWhileItWasFrozenDoesNotCount() throws Exception {
        if (TestEngine.isPodman()) {
            return; // leaves health checks to systemd's timers, and can't commit one
        }
        Path folder = FOLDER.newFolder("healthy").toPath();
        Object image;
        try (Margay margay = new Margay(folder)) {
            call(start(margay, folder), "1");
            Map<String, Object> own = ContainerLook.of(ENGINE, FUNCTION).get(0);
            Path python = Path.of((String) own.get("Path"));
            image = TestImage.commit(
                    own.get("Image"),
                    List.of(
                            python.toString(),
                            "-c",
                            "import os, sys; os.path.exists('/usr/bin/python3') or os.symlink(sys.executable, '/usr/bin/python3')"),
                    "plant/healthy:1",
                    "ENV PATH=" + python.getParent() + ":/usr/bin\n"
                            + "HEALTHCHECK --interval=1s --timeout=10s --retries=1 CMD test ! -e /tmp/sick");
            margay.run("stop").expect(0);
            LimitedGateway gateway = start(margay, folder, "--set", "margay.container.image.python=plant/healthy:1");
            String self = "os.environ.setdefault('FIRST', str(os.times().elapsed))";
            String first = call(gateway, self);
            awaitHealth("unhealthy");
            CompletableFuture<LimitedGateway.Call> awake =
                    gateway.callLater("one", "__import__('time').sleep(30)", "60s");
            awaitHealth("healthy");
            assertThat(awake.get().status()).isEqualTo(200);
            assertThat(call(gateway, self)).as("the same one").isEqualTo(first);
            assertThat(gateway.workload(FUNCTION).get("restarts")).isEqualTo(0);

            assertThat(gateway.call("one", "write('/tmp/sick'), __import__('time').sleep(50)", "60s")
                            .text())
                    .contains("unhealthy: the health check of its image failed");
            assertThat(call(gateway, self)).as("another one").isNotEqualTo(first);
            margay.run("stop").expect(0);
        }
        TestImage.remove(image);
        assertThat(ENGINE.left()).isEmpty();
    }

    private static void awaitHealth(String wanted) throws Exception {
        String[] said = {""};
        Await.until(() -> "the engine says " + wanted + ": " + said[0], SOON, () -> {
            Map<?, ?> state =
                    (Map<?, ?>) ContainerLook.of(ENGINE, FUNCTION).get(0).get("State");
            said[0] = String.valueOf(state.get("Health"));
            return state.get("Health") instanceof Map<?, ?> health && wanted.equals(health.get("Status"));
        });
    }

    private static LimitedGateway start(Margay margay, Path folder, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of("--set", TestEngine.setting()));
        all.addAll(List.of(options));
        LimitedGateway gateway = new LimitedGateway(margay, margay.startGateway(Map.of(), all.toArray(String[]::new)));
        ContainerFunctions.python(folder);
        margay.run("apply", "-f", ContainerFunctions.idle(folder).toString()).expect(0);
        return gateway;
    }

    private static String call(LimitedGateway gateway, String expression) throws Exception {
        LimitedGateway.Call call = gateway.call("one", expression, "60s");
        assertThat(call.status()).as(call.toString()).isEqualTo(200);
        return call.text();
    }
}
