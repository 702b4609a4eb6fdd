package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.deployer.Deployer.WorkloadStatus;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.Plan;
import io.margay.model.EdgeInstance;
import io.margay.spi.GenerationStatus.State;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** What happens in which order when an edge instance changes, and when that fails. */
class SwapTest extends GatewayTest {
    @Test
    void bringsUpWhatReceivesBeforeWhatSends() throws Exception {
        assertThat(gateway.apply(BASE))
                .containsExactly(
                        "Devices.apply",
                        "create f1",
                        "start f1",
                        "takeOver f1",
                        "Routes.apply",
                        "create d1",
                        "start d1",
                        "takeOver d1",
                        "Routes.forget");
        assertThat(gateway.workloads())
                .extracting(Bundle::getSymbolicName, b -> b.getVersion().toString(), Bundle::getState)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(
                                "io.margay.workload.driver.d", "1.2.3." + digest("d.jar"), Bundle.ACTIVE),
                        org.assertj.core.groups.Tuple.tuple(
                                "io.margay.workload.function.f", "0.0.0." + digest("f.zip"), Bundle.ACTIVE));
        assertThat(gateway.functions.specs.get("f").folder().orElseThrow().resolve("index.py"))
                .exists();
        assertThat(gateway.deployer().workloads())
                .extracting(w -> w.id().toString(), w -> w.status().state(), WorkloadStatus::isolation)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("driver:d", State.RUNNING, "bundle"),
                        org.assertj.core.groups.Tuple.tuple("function:f", State.RUNNING, "process"));
    }

    @Test
    void doesWhatItPlannedAndThenNothing() throws Exception {
        for (String document : List.of(
                BASE,
                BASE.replace("d.jar", "d2.jar").replace("f.zip", "f2.zip"),
                BASE.replace("\"1\"", "\"2\"").replace("name: r,", "name: r, queue: 5,"),
                "instance: test")) {
            EdgeInstance wanted = gateway.read(document);
            Plan plan = gateway.deployer().plan(wanted);
            assertThat(plan.steps()).isNotEmpty();
            assertThat(gateway.deployer().apply(wanted, plan.id())).isEqualTo(plan);
            assertThat(gateway.deployer().plan(wanted).steps()).isEmpty();
        }
        assertThat(gateway.workloads()).isEmpty();
        assertThat(gateway.deployer().workloads()).isEmpty();
    }

    @Test
    void planChangesNothing() throws Exception {
        gateway.apply(BASE);
        gateway.events.clear();
        List<Bundle> before = gateway.workloads();
        Plan plan = gateway.deployer().plan(gateway.read(BASE.replace("d.jar", "d2.jar")));
        assertThat(plan.steps())
                .extracting(Plan.Step::action, Plan.Step::kind, Plan.Step::name)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Plan.Action.UPDATE, "driver", "d"));
        assertThat(gateway.events).isEmpty();
        assertThat(gateway.workloads()).isEqualTo(before);
    }

    @Test
    void letsANewFunctionTakeOverBeforeTheOldOneFinishes() throws Exception {
        gateway.apply(BASE);
        Bundle old = bundle("function.f");
        assertThat(gateway.apply(BASE.replace("f.zip", "f2.zip")))
                .containsExactly("create f2", "start f2", "takeOver f2", "release f1", "close f1");
        assertThat(old.getState()).isEqualTo(Bundle.UNINSTALLED);
        assertThat(gateway.workloads()).hasSize(2);
    }

    @Test
    void overlapsDrivers() throws Exception {
        gateway.apply(BASE);
        assertThat(gateway.apply(BASE.replace("d.jar", "d2.jar")))
                .containsExactly("create d2", "start d2", "release d1", "takeOver d2", "close d1");
    }

    @Test
    void stopsTheOldOneFirstWhenOnlyOneMayRun() throws Exception {
        gateway.upload("d2.jar", Jars.bundle("1.2.4", Map.of("Margay-Handover", "exclusive")));
        gateway.apply(BASE);
        assertThat(gateway.apply(BASE.replace("d.jar", "d2.jar")))
                .containsExactly("create d2", "release d1", "start d2", "takeOver d2", "close d1");
    }

    @Test
    void keepsTheOldOneWhenTheNewOneDoesNotStart() throws Exception {
        gateway.apply(BASE);
        gateway.failing.add("start d2");
        assertRolledBack(BASE.replace("d.jar", "d2.jar"), "driver d: start d2 failed");
        assertThat(gateway.events).containsExactly("create d2", "start d2", "close d2");
    }

    @Test
    void givesBackWhatTheExclusiveOneCouldNotTake() throws Exception {
        gateway.apply(BASE);
        gateway.failing.add("start d2");
        String exclusive = BASE.replace("file: d.jar", "handover: exclusive, file: d2.jar");
        assertRolledBack(exclusive, "driver d: start d2 failed");
        assertThat(gateway.events)
                .containsExactly("create d2", "release d1", "start d2", "close d2", "start d1", "takeOver d1");
    }

    @Test
    void takesBackSwapsThatWereDoneWhenALaterStepFails() throws Exception {
        gateway.apply(BASE);
        gateway.failing.add("start d2");
        assertRolledBack(BASE.replace("d.jar", "d2.jar").replace("f.zip", "f2.zip"), "start d2 failed");
        assertThat(gateway.events)
                .containsExactly(
                        "create f2",
                        "start f2",
                        "takeOver f2",
                        "release f1",
                        "create d2",
                        "start d2",
                        "close d2",
                        "start f1",
                        "takeOver f1",
                        "release f2",
                        "close f2");
    }

    @Test
    void isAsItWasWhenAnyStepFails() throws Exception {
        gateway.apply(BASE);
        String changed = BASE.replace("d.jar", "d2.jar")
                        .replace("f.zip", "f2.zip")
                        .replace("name: boiler-1", "name: boiler-2")
                        .replace("name: r,", "name: r2,")
                + "  - {name: log, from: devices, to: log}\n";
        for (String step : List.of("Devices.apply", "Routes.apply", "create f%d", "create d%d", "write")) {
            for (int generation = 2; generation < 12; generation++) {
                gateway.failing.add(step.replace("%d", String.valueOf(generation)));
            }
            assertRolledBack(changed, "failed".replace("failed", step.equals("write") ? "disk full" : "failed"));
            gateway.failing.clear();
        }
    }

    @Test
    void saysWhenTheGatewayCouldNotBePutBack() throws Exception {
        gateway.apply(BASE);
        gateway.failing.add("start d2");
        gateway.failing.add("start d1");
        EdgeInstance wanted = gateway.read(BASE.replace("file: d.jar", "handover: exclusive, file: d2.jar"));
        assertThatThrownBy(() -> gateway.deployer().apply(wanted))
                .isInstanceOfSatisfying(DeploymentException.class, e -> assertThat(e.rolledBack())
                        .isFalse())
                .hasMessageContaining("start d2 failed")
                .hasMessageContaining("could not be put back: start d1 failed");
    }

    @Test
    void changesSettingsWithoutAReinstall() throws Exception {
        gateway.apply(BASE);
        Bundle before = bundle("driver.d");
        assertThat(gateway.apply(BASE.replace("\"1\"", "\"2\""))).containsExactly("reconfigure d1");
        assertThat(bundle("driver.d")).isSameAs(before);
        assertThat(gateway.drivers.specs.get("d").revision()).isEqualTo("1.2");
        assertThat(gateway.configurationAdmin().listConfigurations("(config.kv.port=2)"))
                .hasSize(1);
        gateway.drivers.reconfigures = false;
        assertThat(gateway.apply(BASE.replace("\"1\"", "\"3\"")))
                .containsExactly("reconfigure d1", "release d1", "start d1", "takeOver d1");
    }

    @Test
    void putsSettingsBackWhenTheyDoNotWork() throws Exception {
        gateway.apply(BASE);
        gateway.failing.add("write");
        assertRolledBack(BASE.replace("\"1\"", "\"2\""), "disk full");
        assertThat(gateway.events).containsExactly("reconfigure d1", "reconfigure d1");
        assertThat(gateway.configurationAdmin().listConfigurations("(config.kv.port=1)"))
                .hasSize(1);
    }

    @Test
    void removesRoutesBeforeTheFunctionTheyLeadTo() throws Exception {
        gateway.apply(BASE);
        assertThat(gateway.apply("instance: test"))
                .containsExactly(
                        "Devices.apply",
                        "Routes.apply",
                        "release d1",
                        "Routes.apply",
                        "Devices.apply",
                        "release f1",
                        "Routes.forget",
                        "close d1",
                        "close f1",
                        "Functions.remove");
    }

    @Test
    void letsGoOfTheClassesOfTheOldCopy() throws Exception {
        gateway.apply(BASE);
        WeakReference<ClassLoader> old =
                new WeakReference<>(bundle("driver.d").adapt(BundleWiring.class).getClassLoader());
        gateway.apply(BASE.replace("d.jar", "d2.jar"));
        Eventually.holds(() -> {
            System.gc();
            return old.get() == null;
        });
    }
}
