package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders stand in for the kernel's; a real freezer of version 1 is used by ContainerSettingsIT. */
class FreezerTest {
    private static final String ID = "0123456789abcdef";

    @TempDir
    Path folder;

    private Path proc(String line) throws Exception {
        Path process = Files.createDirectories(folder.resolve("proc/7"));
        Files.writeString(process.resolve("cgroup"), line + "\n");
        return folder.resolve("proc");
    }

    private Path group(String path) throws Exception {
        Path file = folder.resolve("groups").resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }

    @Test
    void writesToTheFreezerOfVersion1() throws Exception {
        Path state = group("freezer/docker/" + ID + "/freezer.state");
        Freezer freezer = Freezer.Kernel.of(proc("4:freezer:/docker/" + ID), folder.resolve("groups"), 7, ID)
                .orElseThrow();
        assertThat(freezer.quick()).isTrue();
        freezer.freeze();
        assertThat(state).hasContent("FROZEN");
        freezer.thaw();
        assertThat(state).hasContent("THAWED");
    }

    @Test
    void writesToTheGroupOfVersion2() throws Exception {
        String path = "system.slice/docker-" + ID + ".scope";
        Path state = group(path + "/cgroup.freeze");
        Freezer freezer = Freezer.Kernel.of(proc("0::/" + path), folder.resolve("groups"), 7, ID)
                .orElseThrow();
        freezer.freeze();
        assertThat(state).hasContent("1");
        freezer.thaw();
        assertThat(state).hasContent("0");
    }

    @Test
    void leavesOtherGroupsAlone() throws Exception {
        group("freezer/docker/other/freezer.state");
        group("user.slice/cgroup.freeze");
        assertThat(Freezer.Kernel.of(proc("4:freezer:/docker/other"), folder.resolve("groups"), 7, ID))
                .isEmpty();
        assertThat(Freezer.Kernel.of(proc("0::/user.slice"), folder.resolve("groups"), 7, ID))
                .isEmpty();
        assertThat(Freezer.Kernel.of(folder.resolve("proc"), folder.resolve("groups"), 8, ID))
                .isEmpty();
    }
}
