package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/**
 * {@link CgroupV2Inside} in a virtual machine, whose kernel gives all controllers to cgroups of version 2 and keeps no capability
 * back, with a container engine of its own.
 */
public class CgroupV2IT {
    private static final String MACHINE = System.getProperty("margay.vm");
    /** An emulated processor takes so many times as long. */
    private static final int SLOW = 10;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    @Test
    public void containersAndLimitsAreTheSameThere() throws Exception {
        run("docker");
    }

    @Test
    public void andWithPodman() throws Exception {
        run("podman");
    }

    private void run(String engine) throws Exception {
        Path arguments = folder.newFile("arguments").toPath();
        List<String> lines = new ArrayList<>(
                List.of("-cp", System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        lines.add("-Dmargay.install=" + Margay.INSTALL);
        lines.add("-Dmargay.noskip=true");
        lines.add("-Dmargay.slow=" + SLOW);
        lines.add("-Dmargay.engine=/run/engine");
        lines.addAll(List.of("org.junit.runner.JUnitCore", CgroupV2Inside.class.getName()));
        Files.write(arguments, lines);
        Path said = folder.newFile("said").toPath();
        Process process = new ProcessBuilder(
                        "bash",
                        "vm/vm.sh",
                        "run",
                        MACHINE,
                        "bash",
                        "vm/tests.sh",
                        engine,
                        Margay.INSTALL.toString(),
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "@" + arguments)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        int code = process.waitFor();
        System.out.println(Files.readString(said));
        assertThat(code).as("see above").isZero();
    }
}
