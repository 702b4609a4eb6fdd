package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.deployer.Deployer.WorkloadStatus;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.Plan;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.spi.GenerationStatus.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.Configuration;

class DeployerTest {
    private static final String BASE = """
            instance: test
            products:
              - {key: boiler, model: {properties: []}}
            drivers:
              - {name: d, file: d.jar, language: java, config: {kv: {port: "1"}}}
            devices:
              - {product: boiler, name: boiler-1, driver: d}
            functions:
              - {name: f, file: f.zip, language: python}
            routes:
              - {name: r, from: devices, to: {function: f}}
            """;

    @TempDir
    Path home;

    private Gateway gateway;

    @BeforeEach
    void open() throws Exception {
        gateway = new Gateway(home);
        gateway.upload("d.jar", Jars.bundle("1.2.3", Map.of("Import-Package", "io.margay.api.driver")));
        gateway.upload("d2.jar", Jars.bundle("1.2.4"));
        gateway.upload("f.zip", Jars.zip("index.py", "def handler(event, context): pass"));
        gateway.upload("f2.zip", Jars.zip("index.py", "def handler(event, context): return 2"));
    }

    @AfterEach
    void close() throws Exception {
        gateway.close();
    }

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
                        "takeOver d1");
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
    void handsTheConfigurationToTheCopyAlone() throws Exception {
        gateway.apply(BASE);
        Configuration[] all = gateway.configurationAdmin().listConfigurations(null);
        assertThat(all)
                .filteredOn(c -> c.getPid().startsWith("io.margay.driver"))
                .singleElement()
                .satisfies(c -> {
                    assertThat(c.getPid())
                            .isEqualTo("io.margay.driver|io.margay.workload.driver.d|1.2.3." + digest("d.jar"));
                    assertThat(c.getProperties().get("config.kv.port")).isEqualTo("1");
                    assertThat(c.getProperties().get("margay.revision")).isEqualTo("1.1");
                });
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
            assertThat(gateway.deployer().apply(wanted)).isEqualTo(plan);
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
                        "close d1",
                        "close f1",
                        "Functions.remove");
    }

    @Test
    void refusesWhatIsNoPackageNamingWhatIsWrong() throws Exception {
        gateway.apply(BASE);
        gateway.upload("bad.jar", new byte[] {1, 2, 3});
        assertRefused("bad.jar", "drivers[0]", "the file of driver d", "is no zip or jar file");
        gateway.upload("slip.jar", Jars.zip("../../etc/cron.d/x", "boo"));
        assertRefused("slip.jar", "drivers[0]", "'../../etc/cron.d/x' leads out of its folder");
        gateway.upload("text.jar", Jars.zip("readme.txt", "boo"));
        assertRefused("text.jar", "drivers[0]", "neither classes nor exactly one jar");
        refused("f.zip", "d.jar", "has no index.py at its top");
        gateway.upload("deep.zip", Jars.zip("alarm/index.py", ""));
        refused("f.zip", "deep.zip", "zip what is in the folder, not the folder itself");
        refused("language: python", "language: nodejs", "has no index.js");
        gateway.upload("node.zip", Jars.zip("index.js", ""));
        refused(
                "f.zip, language: python",
                "node.zip, language: nodejs",
                "function f needs nodejs, which this gateway does not have: install it and restart");
        refused("language: java", "language: java, isolation: process", "not supported yet");
        refused("language: python", "language: python, isolation: container", "no container engine");
        refused("language: python", "language: c", "not supported yet");
        refused(
                "file: d.jar, language: java",
                "builtin: modbus",
                "there is no built-in driver 'modbus'; there are none");
        assertThat(gateway.deployer().current()).isEqualTo(gateway.read(BASE));
    }

    @Test
    void saysInWordsWhatABundleLacks() throws Exception {
        gateway.apply(BASE);
        missing(
                "com.example.foo;version=\"[1,2)\"",
                "needs package com.example.foo (version [1,2)), which is not there");
        missing("io.margay.api.driver;version=\"[7,8)\"", "but the gateway has it in version 1.0.0");
        missing("org.apache.felix.cm.file", "imports package org.apache.felix.cm.file, which is no API package");
        gateway.upload(
                "x.jar",
                Jars.bundle("1", Map.of("Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=99))\"")));
        assertRefused("x.jar", "needs another Java");
        gateway.upload("x.jar", Jars.bundle("1", Map.of("Export-Package", "io.margay.api.driver")));
        assertRefused("x.jar", "exports package io.margay.api.driver");
        gateway.upload("x.jar", Jars.bundle("1", Map.of("Require-Bundle", "com.example.other")));
        assertRefused("x.jar", "Require-Bundle com.example.other is not allowed");
        gateway.upload("x.jar", Jars.bundle("1", Map.of("DynamicImport-Package", "*")));
        assertRefused("x.jar", "DynamicImport-Package *");
    }

    @Test
    void takesNoTieBetweenWorkloads() throws Exception {
        gateway.upload("d.jar", Jars.bundle("1.0.0", Map.of("Export-Package", "com.example.shared")));
        gateway.apply(BASE);
        missing("com.example.shared", "needs package com.example.shared, which is not there");
        gateway.upload(
                "self.jar",
                Jars.bundle("2.0.0", Map.of("Export-Package", "com.example.a", "Import-Package", "com.example.a")));
        gateway.apply(BASE.replace("d.jar", "self.jar"));
    }

    @Test
    void showsWhyABundleDoesNotStart() throws Exception {
        gateway.apply(BASE);
        gateway.upload(
                "x.jar",
                Jars.bundle(
                        "1.0.0",
                        Map.of(
                                "Bundle-Activator",
                                FailingActivator.class.getName(),
                                "Import-Package",
                                "org.osgi.framework"),
                        FailingActivator.class));
        assertRolledBack(BASE.replace("d.jar", "x.jar"), "no licence");
    }

    @Test
    void bringsUpTheCurrentEdgeInstanceAtStart() throws Exception {
        gateway.apply(BASE);
        EdgeInstance current = gateway.deployer().current();
        gateway.restart();
        assertThat(gateway.deployer().current()).isEqualTo(current);
        assertThat(gateway.events)
                .containsExactly(
                        "Devices.apply",
                        "create f1",
                        "start f1",
                        "takeOver f1",
                        "Routes.apply",
                        "create d1",
                        "start d1",
                        "takeOver d1",
                        "Cron.apply");
        assertThat(gateway.workloads()).hasSize(2);
        assertThat(gateway.deployer().plan(current).steps()).isEmpty();
    }

    @Test
    void triesAgainWhatFailsAtStartAndGoesOnWithTheRest() throws Exception {
        gateway.apply(BASE);
        gateway.failing.add("start f1");
        gateway.restart();
        assertThat(gateway.events).contains("takeOver d1", "start f1");
        Eventually.holds(() -> gateway.events.contains("takeOver f2"));
        Eventually.holds(() -> status("function:f").status().state() == State.RUNNING);
        assertThat(gateway.deployer().current().functions()).hasSize(1);
    }

    @Test
    void deploysBesideWhatDoesNotStart() throws Exception {
        gateway.apply(BASE);
        for (int generation = 1; generation < 100; generation++) {
            gateway.failing.add("start d" + generation);
        }
        gateway.restart();
        assertThat(status("driver:d").status().state()).isEqualTo(State.BACKOFF);
        assertThat(status("driver:d").status().reason()).contains("start d");
        gateway.apply(BASE.replace("f.zip", "f2.zip"));
        assertThat(gateway.events).contains("takeOver f2");
        gateway.failing.clear();
        Eventually.holds(() -> status("driver:d").status().state() == State.RUNNING);
        gateway.apply(BASE.replace("name: f,", "name: g,").replace("function: f", "function: g"));
    }

    @Test
    void deploysBesideAFileThatWasLost() throws Exception {
        gateway.apply(BASE);
        Files.delete(home.resolve("data/artefacts").resolve(gateway.files.get("d.jar")));
        gateway.apply(BASE.replace("f.zip", "f2.zip"));
        gateway.restart();
        assertThat(status("driver:d").status().reason()).contains("is not there; upload it first");
        assertThat(status("function:f").status().state()).isEqualTo(State.RUNNING);
        gateway.upload("d.jar", Jars.bundle("1.2.3", Map.of("Import-Package", "io.margay.api.driver")));
        Eventually.holds(() -> status("driver:d").status().state() == State.RUNNING);
    }

    @Test
    void installsAPlainJarWithItsLibraries() throws Exception {
        byte[] library = Jars.zip("com/example/Library.class", "");
        gateway.upload("plain.jar", Jars.nested("lib/a.jar", library, FailingActivator.class));
        gateway.apply(BASE.replace("d.jar", "plain.jar"));
        Bundle bundle = bundle("driver.d");
        assertThat(bundle.getHeaders().get("Bundle-ClassPath")).isEqualTo(".,lib/a.jar");
        assertThat(bundle.getResource("com/example/Library.class")).isNotNull();
        gateway.upload("market.zip", Jars.nested("driver.jar", Jars.bundle("3.0.0")));
        gateway.apply(BASE.replace("d.jar", "market.zip"));
        assertThat(bundle("driver.d").getVersion().toString()).startsWith("3.0.0.");
    }

    @Test
    void installsTwoCopiesOfOneFile() throws Exception {
        gateway.apply(BASE);
        gateway.apply(BASE.replace("language: java", "language: java, isolation: bundle"));
        assertThat(bundle("driver.d").getVersion().toString()).isEqualTo("1.2.3." + digest("d.jar") + "-g2");
    }

    @Test
    void followsTheBundleThatAnAdministratorStopsAndStarts() throws Exception {
        gateway.apply(BASE);
        gateway.events.clear();
        Bundle bundle = bundle("driver.d");
        bundle.stop();
        assertThat(gateway.events).containsExactly("release d1", "close d1");
        assertThat(status("driver:d").status().state()).isEqualTo(State.STOPPED);
        assertThat(status("driver:d").status().reason()).contains("administrator");
        bundle.start();
        Eventually.holds(() -> status("driver:d").status().state() == State.RUNNING);
        assertThat(gateway.events).endsWith("create d1", "start d1", "takeOver d1");
        bundle.uninstall();
        Eventually.holds(() -> status("driver:d").status().state() == State.FAILED);
        gateway.apply(BASE);
        assertThat(gateway.events).endsWith("create d2", "start d2", "takeOver d2");
    }

    @Test
    void keepsNoFilesThatNothingRefersTo() throws Exception {
        gateway.apply(BASE);
        Path unpacked = home.resolve("data/unpacked");
        assertThat(unpacked.resolve(gateway.files.get("f.zip"))).isDirectory();
        gateway.apply("instance: test");
        try (var files = Files.list(unpacked)) {
            assertThat(files).isEmpty();
        }
    }

    private void missing(String imports, String message) throws Exception {
        gateway.upload("x.jar", Jars.bundle("1.0.0", Map.of("Import-Package", imports)));
        assertRefused("x.jar", message);
    }

    private void refused(String part, String by, String... messages) throws Exception {
        EdgeInstance wanted = gateway.read(BASE.replace(part, by));
        List<Bundle> before = gateway.workloads();
        assertThatThrownBy(() -> gateway.deployer().plan(wanted))
                .isInstanceOf(InvalidException.class)
                .hasMessageContainingAll(messages);
        assertThatThrownBy(() -> gateway.deployer().apply(wanted))
                .isInstanceOf(InvalidException.class)
                .hasMessageContainingAll(messages);
        assertThat(gateway.workloads()).isEqualTo(before);
    }

    private void assertRefused(String file, String... messages) throws Exception {
        refused("d.jar", file, messages);
    }

    private void assertRolledBack(String document, String message) throws Exception {
        EdgeInstance before = gateway.deployer().current();
        List<Bundle> bundles = gateway.workloads();
        EdgeInstance wanted = gateway.read(document);
        gateway.events.clear();
        assertThatThrownBy(() -> gateway.deployer().apply(wanted))
                .isInstanceOfSatisfying(DeploymentException.class, e -> assertThat(e.rolledBack())
                        .isTrue())
                .hasMessageContaining(message);
        assertThat(gateway.deployer().current()).isEqualTo(before);
        assertThat(gateway.workloads()).isEqualTo(bundles);
        assertThat(gateway.deployer().workloads())
                .extracting(w -> w.status().state())
                .containsOnly(State.RUNNING);
    }

    private Bundle bundle(String end) {
        return gateway.workloads().stream()
                .filter(b -> b.getSymbolicName().endsWith(end))
                .findFirst()
                .orElseThrow();
    }

    private WorkloadStatus status(String id) {
        return gateway.deployer().workloads().stream()
                .filter(w -> w.id().toString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private String digest(String path) {
        return gateway.files.get(path).substring(0, 12);
    }
}
