package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardedTest {
    @TempDir
    Path folder;

    private Path home;

    @BeforeEach
    void makeHome() throws Exception {
        home = Files.createDirectories(folder.resolve("gateways/home"));
        Files.createDirectories(home.resolve("data"));
    }

    private void refused(Path volume, String endpoint, String why) {
        assertThat(new Guarded(home, endpoint).refusal(volume.toString()).orElse("nothing"))
                .startsWith(volume + " would give the container " + why);
    }

    @Test
    void noVolumeHasAnEnginesSocket() throws Exception {
        Path run = Files.createDirectories(folder.resolve("run"));
        Path socket = Files.createFile(run.resolve("engine.sock"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), run);
        String endpoint = "unix://" + link.resolve("engine.sock");
        for (Path path : new Path[] {socket, run, link}) {
            refused(path, endpoint, "an engine's socket (");
        }
        for (String path : new String[] {"/run", "/var/run", "/var/run/docker.sock", "/var", "/run/user/1000/podman"}) {
            refused(Path.of(path), "", "an engine's socket (");
        }
        assertThat(new Guarded(home, endpoint).refusal(run.resolve("shared").toString()))
                .isEmpty();
        assertThat(new Guarded(home, "").refusal("/run/user/1000/other")).isEmpty();
        assertThat(new Guarded(home, "tcp://127.0.0.1:2375").refusal("/srv")).isEmpty();
    }

    @Test
    void noVolumeHasTheGatewaysHome() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("to-home"), home);
        for (Path path : new Path[] {home, home.getParent(), home.resolve("data"), link}) {
            refused(path, "", "what is in the gateway's home " + home);
        }
    }

    /** Files of a process lead to all that it sees. */
    @Test
    void noVolumeHasTheHostsProcesses() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("to-processes"), Path.of("/proc"));
        for (Path path : new Path[] {Path.of("/proc"), Path.of("/proc/1/root"), link}) {
            refused(path, "", "the host's processes (/proc)");
        }
        assertThat(new Guarded(home, "").refusal("/sys/class/gpio")).isEmpty();
        assertThat(new Guarded(home, "").refusal("/process")).isEmpty();
    }
}
