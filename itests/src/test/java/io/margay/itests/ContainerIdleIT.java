package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
            "paused by the engine for a gateway that is not root; ended when frozen for too long");

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
