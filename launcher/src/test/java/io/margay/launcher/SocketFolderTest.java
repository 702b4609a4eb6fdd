package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFolderTest {
    private static final String OTHER = "65533";

    @TempDir
    Path below;

    @TempDir
    Path home;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectory(home.resolve("run"));
    }

    private static String permissions(Path folder) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
    }

    @Test
    void aHomeHasTheSameFolderAtEachStartAndForItsUserAlone() throws Exception {
        Path first = SocketFolder.of(below, home);
        assertThat(SocketFolder.isShort(first)).isTrue();
        assertThat(permissions(first)).isEqualTo("rwx------");
        Files.createDirectory(first.resolve("c0001"));
        assertThat(SocketFolder.of(below, home)).isEqualTo(first);
        assertThat(first.resolve("c0001")).as("what a killed gateway left").isDirectory();
        Path link = Files.createSymbolicLink(below.resolve("link"), home);
        assertThat(SocketFolder.of(below, link)).isEqualTo(first);
        Path other = Files.createDirectories(below.resolve("other/run")).getParent();
        assertThat(SocketFolder.of(below, other)).isNotEqualTo(first);
        assertThat(home.resolve("run")).isEmptyDirectory();
    }

    @Test
    void whatSomeoneElsePutThereIsLeftAlone() throws Exception {
        Path first = SocketFolder.of(below, home);
        Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rwxrwx---"));
        assertRefused(first);
        Files.delete(first);
        Path elsewhere = Files.createDirectory(
                below.resolve("elsewhere"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(first, elsewhere);
        assertRefused(first);
        assertThat(elsewhere).isEmptyDirectory();
        Files.delete(first);
        Files.createFile(first);
        assertRefused(first);
    }

    @Test
    void aFolderOfAnotherUserIsLeftAlone() throws Exception {
        Path first = SocketFolder.of(below, home);
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(first, "unix:uid")), "only root can give it away");
        Files.setAttribute(first, "unix:uid", Integer.valueOf(OTHER));
        assertRefused(first);
    }

    private void assertRefused(Path first) throws IOException {
        Path one = SocketFolder.of(below, home);
        assertThat(one).isNotEqualTo(first).isEmptyDirectory();
        assertThat(permissions(one)).isEqualTo("rwx------");
        assertThat(SocketFolder.of(below, home)).isNotEqualTo(one);
    }
}
