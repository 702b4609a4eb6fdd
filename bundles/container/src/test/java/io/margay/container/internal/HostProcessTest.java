package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostProcessTest {
    private static final String ID = "22315fd995aaf0864091921ce41c9ad8699ef88d03c312b9c3ff33e75b34b60e";
    private static final String STAT =
            "4242 (a (strange) name) %s 1 4242 4242 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 %d 1 2 3";

    @TempDir
    Path proc;

    private void write(String state, long start) throws Exception {
        Path folder = Files.createDirectories(proc.resolve("4242"));
        Files.writeString(folder.resolve("stat"), STAT.formatted(state, start));
        Files.writeString(folder.resolve("cgroup"), "0::/system.slice/docker-" + ID + ".scope\n");
    }

    @Test
    void aNumberThatAnotherOneHasIsNotIt() throws Exception {
        write("S", 1000);
        HostProcess process = HostProcess.of(proc, 4242, ID);
        assertThat(process.hasEnded()).isFalse();
        write("S", 2000);
        assertThat(process.hasEnded()).isTrue();
        assertThat(process.handle()).isEmpty();
    }

    /** A workload may give itself any name. */
    @Test
    void aNameThatIsNoTextIsNoEnd() throws Exception {
        write("S", 1000);
        HostProcess process = HostProcess.of(proc, 4242, ID);
        String named = STAT.formatted("S", 1000).replace("strange", "\u00ff\u00fe");
        Files.writeString(proc.resolve("4242/stat"), named, StandardCharsets.ISO_8859_1);
        assertThat(process.hasEnded()).isFalse();
    }

    @Test
    void oneThatNobodyHasAskedForHasEnded() throws Exception {
        write("S", 1000);
        HostProcess process = HostProcess.of(proc, 4242, ID);
        write("Z", 1000);
        assertThat(process.hasEnded()).isTrue();
        Files.delete(proc.resolve("4242/stat"));
        assertThat(process.hasEnded()).isTrue();
    }

    @Test
    void oneThatCantBeSeenFromHereIsLeftAlone() throws Exception {
        write("S", 1000);
        HostProcess others = HostProcess.of(proc, 4242, ID.replace('2', '3'));
        assertThat(others.hasEnded()).isFalse();
        assertThat(others.handle()).isEmpty();
        HostProcess none = HostProcess.of(proc, 4243, ID);
        assertThat(none.hasEnded()).isFalse();
        assertThat(none.handle()).isEmpty();
    }

    @Test
    void thisOneIsFound() throws Exception {
        long own = ProcessHandle.current().pid();
        String group = Files.readString(Path.of("/proc/self/cgroup"))
                .lines()
                .findFirst()
                .orElseThrow();
        assertThat(HostProcess.of(own, group).handle()).contains(ProcessHandle.current());
    }
}
