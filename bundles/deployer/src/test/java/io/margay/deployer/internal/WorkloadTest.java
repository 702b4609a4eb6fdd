package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.EdgeInstance;
import io.margay.packages.Elf;
import io.margay.packages.RawZip;
import io.margay.spi.GenerationStatus.State;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.Configuration;

/** How copies are installed, started with the gateway, and followed when others touch them. */
class WorkloadTest extends GatewayTest {
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
    void bringsUpTheCurrentEdgeInstanceAtStart() throws Exception {
        gateway.apply(BASE);
        EdgeInstance current = gateway.deployer().current();
        gateway.restart();
        assertThat(gateway.deployer().current()).isEqualTo(current);
        assertThat(gateway.events)
                .containsExactly(
                        "Devices.apply",
                        "Routes.apply",
                        "Routes.forget",
                        "create f1",
                        "start f1",
                        "takeOver f1",
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

    /** What was accepted for it, by this gateway or an earlier one, is not to go. */
    @Test
    void aFunctionThatDoesNotStartAfterARestartIsWithdrawnAndNotRemoved() throws Exception {
        gateway.apply(BASE);
        for (int generation = 1; generation < 100; generation++) {
            gateway.failing.add("start f" + generation);
        }
        gateway.restart();
        assertThat(status("function:f").status().state()).isEqualTo(State.BACKOFF);
        assertThat(gateway.events).contains("Functions.withdraw").doesNotContain("Functions.remove");
        assertThatThrownBy(() -> gateway.apply(BASE.replace("f.zip", "f2.zip"))).hasMessageContaining("start f");
        assertThat(gateway.events).doesNotContain("Functions.remove");
    }

    @Test
    void deploysBesideAFileThatWasLost() throws Exception {
        gateway.apply(BASE);
        Path lost = home.resolve("data/artefacts").resolve(gateway.files.get("d.jar"));
        byte[] content = Files.readAllBytes(lost);
        Files.delete(lost);
        gateway.apply(BASE.replace("f.zip", "f2.zip"));
        gateway.restart();
        assertThat(status("driver:d").status().reason()).contains("is not there; upload it first");
        assertThat(status("function:f").status().state()).isEqualTo(State.RUNNING);
        gateway.upload("d.jar", content);
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

    /** All forms of a zip for Java: a plain jar with its libraries in it, and with libraries beside it. */
    @Test
    void installsAJarInAZipWithItsLibraries() throws Exception {
        byte[] library = Jars.zip("com/example/Library.class", "");
        byte[] plain = Jars.nested("lib/a.jar", library, FailingActivator.class);
        gateway.upload("inside.zip", Jars.nested("driver.jar", plain));
        gateway.apply(BASE.replace("d.jar", "inside.zip"));
        assertThat(bundle("driver.d").getHeaders().get("Bundle-ClassPath")).isEqualTo(".,lib/a.jar");
        assertThat(bundle("driver.d").getResource("com/example/Library.class")).isNotNull();

        byte[] beside = new RawZip()
                .add("main.jar", plain, RawZip.REGULAR, 0)
                .add("other.jar", "not meant")
                .add("lib/b.jar", Jars.zip("com/example/Other.class", ""), RawZip.REGULAR, 0)
                .bytes();
        gateway.upload("beside.zip", beside);
        gateway.apply(BASE.replace("d.jar", "beside.zip"));
        Bundle bundle = bundle("driver.d");
        assertThat(bundle.getHeaders().get("Bundle-ClassPath")).isEqualTo(".,lib/a.jar,lib/b.jar");
        assertThat(bundle.getResource("com/example/Library.class")).isNotNull();
        assertThat(bundle.getResource("com/example/Other.class")).isNotNull();
        assertThat(bundle.getEntry("other.jar")).isNull();

        gateway.upload(
                "bundle.zip",
                new RawZip()
                        .add("main.jar", Jars.bundle("4.0.0"), RawZip.REGULAR, 0)
                        .add("lib/b.jar", Jars.zip("com/example/Other.class", ""), RawZip.REGULAR, 0)
                        .bytes());
        gateway.apply(BASE.replace("d.jar", "bundle.zip"));
        assertThat(bundle("driver.d").getVersion().toString()).startsWith("4.0.0.");
        assertThat(bundle("driver.d").getResource("com/example/Other.class")).isNotNull();
    }

    @Test
    void carriesAProgramInC() throws Exception {
        byte[] program = Files.readAllBytes(Path.of("/bin/true"));
        gateway.upload(
                "c.zip",
                new RawZip().add("main", program, 0, 0).add("lib/data", "x").bytes());
        String here = Elf.ofHost().orElseThrow().word();
        gateway.apply(BASE.replace("f.zip, language: python", "c.zip, language: c, architecture: " + here));
        assertThat(bundle("function.f").getHeaders().get("Require-Capability"))
                .contains("osgi.native;filter:=\"(&(osgi.native.osname~=linux)");
        Path folder = home.resolve("data/unpacked").resolve(gateway.files.get("c.zip"));
        assertThat(folder.resolve("main")).isExecutable();
        EdgeInstance current = gateway.deployer().current();
        assertThat(current.functions().get(0).handler()).isEmpty();
        gateway.restart();
        assertThat(gateway.deployer().current()).isEqualTo(current);
        assertThat(status("function:f").status().state()).isEqualTo(State.RUNNING);
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
}
