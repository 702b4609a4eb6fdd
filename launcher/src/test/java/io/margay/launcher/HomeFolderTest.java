package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeFolderTest {
    @TempDir
    Path folder;

    @Test
    void isMadeForItsOwnerAloneAndCleanedOfAKilledGateway() throws Exception {
        Path path = folder.resolve("a/home");
        try (HomeFolder home = HomeFolder.open(path)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.resolve("run"))))
                    .isEqualTo("rwx------");
            assertThat(Files.readString(path.resolve("run/lock")).strip())
                    .isEqualTo(Long.toString(ProcessHandle.current().pid()));
            Files.writeString(path.resolve("run/gateway.json"), "{}");
            Files.createDirectories(home.bundleCache().resolve("bundle1"));
            Files.writeString(home.bundleCache().resolve("bundle1/x"), "x");
        }
        try (HomeFolder home = HomeFolder.open(path)) {
            assertThat(path.resolve("run/gateway.json")).doesNotExist();
            assertThat(home.bundleCache()).doesNotExist();
            assertThat(home.socketFolder()).isEqualTo(path.resolve("run/w"));
        }
    }

    @Test
    void aLongHomeGetsShortSockets() throws Exception {
        Path sockets;
        Path path = folder.resolve("x".repeat(100));
        try (HomeFolder home = HomeFolder.open(path)) {
            sockets = home.socketFolder();
            assertThat(SocketFolder.isShort(sockets)).isTrue();
            assertThat(sockets).isDirectory();
        }
        assertThat(sockets).doesNotExist();
        try (HomeFolder home = HomeFolder.open(path)) {
            assertThat(home.socketFolder()).isEqualTo(sockets);
        }
    }

    @Test
    void whatIsNoFolderIsRefused() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> HomeFolder.open(file))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("--home");
    }
}
