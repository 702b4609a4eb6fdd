package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.deployer.Deployer.WorkloadHealth;
import io.margay.deployer.Deployment.LogLine;
import io.margay.deployer.Deployment.Outcome;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.Plan;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.spi.Health;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.ResultLog;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceReference;

/** Between the start of changed workloads and their becoming current they must work, and go on to. */
class SoakTest extends GatewayTest {
    private static final Duration SOAK = Duration.ofMillis(300);
    private static final Duration FOR_EVER = Duration.ofMinutes(10);
    private static final DeviceId BOILER = new DeviceId("boiler", "boiler-1");

    private static String changed() {
        return BASE.replace("d.jar", "d2.jar");
    }

    private Plan apply(String document, Duration soak) throws Exception {
        return gateway.deployer().apply(gateway.read(document), Optional.of(soak));
    }

    private List<LogLine> log() {
        long last = gateway.deployer().deployments().get(0).number();
        return gateway.deployer().deployment(last).orElseThrow().log();
    }

    private void assertFails(String document, Duration soak, boolean rolledBack, String message) throws Exception {
        EdgeInstance before = gateway.deployer().current();
        assertThatThrownBy(() -> apply(document, soak))
                .isInstanceOfSatisfying(DeploymentException.class, e -> assertThat(e.rolledBack())
                        .isEqualTo(rolledBack))
                .hasMessageContaining(message);
        assertThat(gateway.deployer().current()).isEqualTo(before);
        assertThat(gateway.deployer().deployments().get(0).outcome())
                .isEqualTo(rolledBack ? Outcome.FAILED_ROLLED_BACK : Outcome.FAILED_UNABLE_TO_ROLL_BACK);
        assertThat(gateway.deployer().deployments().get(0).reason()).contains(message);
    }

    @Test
    void whatWorksIsAskedAtTheBeginningAndAtTheEnd() throws Exception {
        int[] times = new int[1];
        gateway.drivers.prober = (generation, devices, asked) -> {
            times[0] = asked;
            return Health.ok("it answered");
        };
        apply(BASE, SOAK);
        assertThat(times[0]).isEqualTo(2);
        assertThat(log())
                .extracting(line -> line.stage() + "|" + line.resource() + "|" + line.message())
                .containsSubsequence(
                        "apply|driver d|works",
                        "health|driver d|it answered",
                        "health|function f|it answered",
                        "soak||2 workloads must work for 300ms",
                        "soak||2 workloads worked for 300ms",
                        "flip||this is what the next start brings up");
    }

    @Test
    void whatIsSilentFromTheBeginningIsTakenBack() throws Exception {
        gateway.apply(BASE);
        gateway.drivers.prober = (generation, devices, times) ->
                generation.equals("d2") ? Health.critical("process 7 is silent") : Health.ok("it answered");
        gateway.events.clear();
        assertFails(changed(), FOR_EVER, true, "driver d: process 7 is silent; the gateway is as it was");
        assertThat(gateway.events)
                .containsExactly(
                        "create d2",
                        "start d2",
                        "release d1",
                        "takeOver d2",
                        "release d2",
                        "start d1",
                        "takeOver d1",
                        "close d2");
        assertThat(log())
                .extracting(line -> line.level() + "|" + line.stage() + "|" + line.resource() + "|" + line.message())
                .contains("error|health|driver d|process 7 is silent");
        assertThat(gateway.deployer().health())
                .extracting(WorkloadHealth::health)
                .containsOnly(Health.ok("it answered"));
    }

    @Test
    void whatFallsSilentInTheSoakIsTakenBack() throws Exception {
        gateway.apply(BASE);
        gateway.functions.prober =
                (generation, devices, times) -> times == 1 ? Health.ok("it answered") : Health.critical("it hangs");
        assertFails(BASE.replace("f.zip", "f2.zip"), SOAK, true, "function f: it hangs");
        assertThat(log())
                .extracting(line -> line.level() + "|" + line.stage() + "|" + line.resource())
                .containsSubsequence("info|health|function f", "info|soak|", "error|soak|function f");
        assertThat(status("function:f").generation()).isEqualTo(1);
    }

    @Test
    void whatEndsByItselfInTheSoakIsTakenBackThoughItWasStartedAgain() throws Exception {
        gateway.apply(BASE);
        gateway.drivers.prober = (generation, devices, times) -> {
            gateway.drivers.restarts.put("d2", 1);
            return Health.ok("it answered");
        };
        assertFails(changed(), FOR_EVER, true, "driver d: it ended by itself: exit code 1");
    }

    @Test
    void aWarningIsToldAndNoMore() throws Exception {
        gateway.drivers.prober = (generation, devices, times) -> Health.warn("its handlers are busy");
        apply(BASE, Duration.ZERO);
        assertThat(log())
                .extracting(LogLine::stage, LogLine::message)
                .contains(org.assertj.core.groups.Tuple.tuple("health", "its handlers are busy"));
    }

    @Test
    void devicesThatAnsweredTheVersionBeforeMustAnswerTheNext() throws Exception {
        gateway.apply(BASE);
        gateway.drivers.answering.put("d1", Set.of(BOILER));
        gateway.drivers.prober = (generation, devices, times) -> generation.equals("d2") && devices.contains(BOILER)
                ? Health.critical("device boiler/boiler-1: no such register")
                : Health.ok("it answered");
        assertFails(changed(), SOAK, true, "driver d: device boiler/boiler-1: no such register");
        assertThat(log()).extracting(LogLine::message).contains("1 device answers and must do so afterwards");
        gateway.drivers.answering.clear();
        apply(changed(), SOAK);
    }

    @Test
    void whatCanNotBePutBackIsSaidToBeSo() throws Exception {
        gateway.apply(BASE);
        gateway.drivers.prober = (generation, devices, times) -> Health.critical("it hangs");
        gateway.failing.add("start d1");
        assertFails(
                changed(), SOAK, false, "driver d: it hangs; and the gateway could not be put back: start d1 failed");
    }

    @Test
    void oneThatWasRestartedBeforeMayBeConfigured() throws Exception {
        gateway.apply(BASE);
        gateway.drivers.restarts.put("d1", 3);
        apply(BASE.replace("port: \"1\"", "port: \"2\""), SOAK);
        assertThat(log()).extracting(LogLine::stage).contains("health", "soak");
    }

    @Test
    void newDevicesAreAskedForOnceAndRoutesNotAtAll() throws Exception {
        gateway.apply(BASE);
        String more = BASE.replace("functions:", "  - {product: boiler, name: boiler-2, driver: d}\nfunctions:");
        apply(more, FOR_EVER);
        assertThat(log()).extracting(LogLine::stage).contains("health").doesNotContain("soak");
        apply(more.replace("from: devices", "from: {product: boiler}"), FOR_EVER);
        assertThat(log()).extracting(LogLine::stage).doesNotContain("health", "soak");
    }

    @Test
    void theEndOfTheGatewayEndsTheSoak() throws Exception {
        CompletableFuture<Plan> applied = CompletableFuture.supplyAsync(() -> {
            try {
                return apply(BASE, FOR_EVER);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Eventually.holds(() -> !gateway.deployer().deployments().isEmpty()
                && log().stream().anyMatch(line -> line.stage().equals("soak")));
        gateway.deployer().stop();
        assertThatThrownBy(() -> applied.get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasStackTraceContaining("the gateway is stopped before the deployment is done");
        assertThat(gateway.deployer().deployments().get(0).outcome()).isEqualTo(Outcome.FAILED_ROLLED_BACK);
    }

    @Test
    void eachWorkloadHasAHealthCheckAsAService() throws Exception {
        gateway.apply(BASE);
        gateway.drivers.prober = (generation, devices, times) -> Health.critical("it hangs");
        ServiceReference<HealthCheck> driver = gateway.context()
                .getServiceReferences(HealthCheck.class, "(" + HealthCheck.NAME + "=driver d)")
                .iterator()
                .next();
        assertThat((String[]) driver.getProperty(HealthCheck.TAGS)).containsExactly("workload", "driver", "d");
        Result result = gateway.context().getService(driver).execute();
        assertThat(result.getStatus()).isEqualTo(Result.Status.CRITICAL);
        assertThat(result).extracting(ResultLog.Entry::getMessage).containsExactly("it hangs");
        gateway.apply("instance: empty");
        assertThat(gateway.context().getServiceReferences(HealthCheck.class, null))
                .isEmpty();
        assertThat(gateway.deployer().health()).isEmpty();
    }
}
