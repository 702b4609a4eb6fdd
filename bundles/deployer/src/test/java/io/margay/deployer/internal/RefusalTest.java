package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Architecture;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.WorkloadId;
import io.margay.packages.Elf;
import io.margay.packages.RawZip;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

/** What is refused, in which words, with the gateway as it was. */
class RefusalTest extends GatewayTest {
    private static final String NO_LIMIT =
            "a memory limit can't be kept in the gateway's JVM; leave memory out, or use isolation auto or process";

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
        refused("language: python", "language: python, isolation: container", "no container engine");
        refused(
                "file: d.jar, language: java",
                "builtin: modbus",
                "there is no built-in driver 'modbus'; there are none");
        assertThat(gateway.deployer().current()).isEqualTo(gateway.read(BASE));
    }

    @Test
    void refusesProgramsForOtherMachines() throws Exception {
        gateway.apply(BASE);
        Architecture here = Elf.ofHost().orElseThrow();
        Architecture other = here == Architecture.ARM64 ? Architecture.AMD64 : Architecture.ARM64;
        byte[] program = Files.readAllBytes(Path.of("/bin/true"));
        gateway.upload(
                "c.zip", new RawZip().add("main", program, RawZip.EXECUTABLE, 0).bytes());
        String c = "c.zip, language: c, architecture: ";
        refused(
                "f.zip, language: python",
                c + other.word(),
                "functions[0]: the file of function f (",
                ") has a main that is built for " + here.word() + ", and its architecture is " + other.word());
        // e_machine
        program[18] = (byte) (other == Architecture.ARM64 ? 183 : 62);
        gateway.upload(
                "c.zip", new RawZip().add("main", program, RawZip.EXECUTABLE, 0).bytes());
        refusedExactly(
                "f.zip, language: python",
                c + other.word(),
                "functions[0]: function f is built for " + other.word() + ", and this gateway runs on " + here.word()
                        + ": deploy what is built for that");
        refused("f.zip, language: python", "f2.zip, language: c, architecture: amd64", "has no main at its top");
        refused(
                "f.zip, language: python",
                c + other.word() + ", isolation: bundle",
                "c can't run in the gateway's JVM; use auto or process");
        assertThat(gateway.deployer().current()).isEqualTo(gateway.read(BASE));
    }

    /** What can't be kept is refused, never ignored. */
    @Test
    void refusesContainersAndMemoryLimits() throws Exception {
        gateway.apply(BASE);
        refusedExactly(
                "language: python",
                "language: python, isolation: container, container: {hostNetwork: true}",
                "functions[0].isolation: this gateway has no container engine (the gateway was started without its bundle"
                        + " container); use isolation auto");
        refusedExactly(
                "language: java", "language: java, isolation: bundle, memory: 512MB", "drivers[0].memory: " + NO_LIMIT);
        refusedExactly(
                "language: java",
                "language: java, memory: 143MB",
                "drivers[0].memory: a JVM of its own needs 144 MB at least");
        refusedExactly(
                "language: java",
                "language: java, memory: 143MB, container: {}",
                "drivers[0].memory: a JVM of its own needs 144 MB at least");
        String java = "file: f.zip, language: python";
        refusedExactly(
                java,
                "file: d.jar, language: java, isolation: bundle, memory: 512MB",
                "functions[0].memory: " + NO_LIMIT);
        refusedExactly(
                java,
                "file: d.jar, language: java, memory: 143MB",
                "functions[0].memory: a JVM of its own needs 144 MB at least");
        assertThat(gateway.deployer().current()).isEqualTo(gateway.read(BASE));
    }

    /** A limit of its own takes a function out of the gateway's JVM. */
    @Test
    void aJavaFunctionWithALimitRunsInAProcess() throws Exception {
        gateway.apply(BASE.replace("file: f.zip, language: python", "file: d.jar, language: java"));
        assertThat(status("function:f").isolation()).isEqualTo("bundle");
        gateway.apply(BASE.replace("file: f.zip, language: python", "file: d.jar, language: java, memory: 256MB"));
        assertThat(status("function:f").isolation()).isEqualTo("process");
        assertThat(gateway.functions.specs.get("f").memoryMegabytes()).isEqualTo(256);
        assertThat(gateway.functions.specs.get("f").folder().orElseThrow().resolve("bundle.jar"))
                .isRegularFile();
    }

    @Test
    void aJavaDriverRunsInAProcessWithALimitOrWhereItIsAskedFor() throws Exception {
        gateway.apply(BASE);
        assertThat(status("driver:d").isolation()).isEqualTo("bundle");
        gateway.apply(BASE.replace("language: java", "language: java, memory: 256MB"));
        assertThat(status("driver:d").isolation()).isEqualTo("process");
        assertThat(gateway.drivers.specs.get("d").memoryMegabytes()).isEqualTo(256);
        gateway.apply(BASE.replace("language: java", "language: java, isolation: process"));
        assertThat(gateway.drivers.specs.get("d").memoryMegabytes()).isEqualTo(1024);
        assertThat(gateway.drivers.specs.get("d").folder().orElseThrow().resolve("bundle.jar"))
                .isRegularFile();
    }

    /** It is no artefact, whose files stay as long as a deployment names them. */
    @Test
    void theCopyOfABuiltInDriverStaysAsLongAsItRuns() throws Exception {
        Files.write(home.resolve("install/lib/drivers/own.jar"), Jars.bundle("1", Map.of()));
        String builtIn = BASE.replace("file: d.jar, language: java", "builtin: own, isolation: process");
        gateway.apply(builtIn);
        gateway.apply(builtIn.replace("f.zip", "f2.zip"));
        assertThat(gateway.drivers.specs.get("d").folder().orElseThrow().resolve("bundle.jar"))
                .isRegularFile();
    }

    @Test
    void aSystemThatDoesNotTellTheMemoryOfProcessesKeepsNoLimit() throws Exception {
        EdgeInstance wanted = gateway.read(BASE.replace("language: python", "language: python, memory: 64MB"));
        Parts function = Parts.of(wanted).get(WorkloadId.function("f")).in(Isolation.PROCESS);
        Engine.View engine = gateway.engine.view();
        assertThat(NotKept.asked(function, engine, true)).isEmpty();
        assertThat(NotKept.asked(function, engine, false))
                .containsExactly(new Fault(
                        "functions[0].memory",
                        "a memory limit can't be kept on this system, as it has no /proc; leave memory out"));
    }

    @Test
    void refusesATimerThatNeverFires() throws Exception {
        gateway.apply(BASE);
        refused(
                "language: python",
                "language: python, timers: [{name: t, cron: \"0 0 30 2 *\"}]",
                "functions[0].timers[0].cron: ",
                "never fires");
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
        gateway.upload(
                "x.jar",
                Jars.bundle("1", Map.of("Require-Capability", "io.margay.gateway;filter:=\"(version>=0.2)\"")));
        assertRefused("x.jar", "needs a gateway with version 0.2 or later, and this one has 0.1.0: update the gateway");
        gateway.upload(
                "x.jar",
                Jars.bundle("1", Map.of("Require-Capability", "io.margay.gateway;filter:=\"(version>=0.1)\"")));
        gateway.apply(BASE.replace("d.jar", "x.jar"));
        gateway.apply(BASE);
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

    private void missing(String imports, String message) throws Exception {
        gateway.upload("x.jar", Jars.bundle("1.0.0", Map.of("Import-Package", imports)));
        assertRefused("x.jar", message);
    }

    private void refusedExactly(String part, String by, String message) throws Exception {
        refused(part, by, message);
        EdgeInstance wanted = gateway.read(BASE.replace(part, by));
        assertThat(errors(wanted)).isEqualTo(message);
    }

    private String errors(EdgeInstance wanted) throws InvalidException {
        return gateway.deployer().plan(wanted).errors().stream()
                .map(Fault::toString)
                .collect(Collectors.joining("\n"));
    }

    private void refused(String part, String by, String... messages) throws Exception {
        EdgeInstance wanted = gateway.read(BASE.replace(part, by));
        List<Bundle> before = gateway.workloads();
        assertThat(errors(wanted)).contains(messages);
        assertThatThrownBy(() -> gateway.deployer().apply(wanted))
                .isInstanceOf(InvalidException.class)
                .hasMessageContainingAll(messages);
        assertThat(gateway.workloads()).isEqualTo(before);
    }

    private void assertRefused(String file, String... messages) throws Exception {
        refused("d.jar", file, messages);
    }
}
