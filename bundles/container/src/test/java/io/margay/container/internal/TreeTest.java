package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeTest {
    private static final long MODIFIED = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private Path program;

    @BeforeEach
    void files() throws Exception {
        Path real = Files.createDirectories(folder.resolve("usr/lib/deep"));
        Files.createSymbolicLink(folder.resolve("lib"), Path.of("usr/lib"));
        program = Files.writeString(real.resolve("program"), "run");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Files.setLastModifiedTime(program, FileTime.fromMillis(MODIFIED));
        Files.writeString(real.resolve("needless.a"), "x");
        Files.createSymbolicLink(real.resolve("round"), Path.of("round"));
        Files.createSymbolicLink(real.resolve("alias"), Path.of("program"));
    }

    private Tree tree() {
        return new Tree(path -> path.toString().endsWith(".a"));
    }

    private static List<String> written(Tree tree) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tree.write(bytes);
        List<String> entries = new ArrayList<>();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String mode = Integer.toOctalString(entry.getMode() & 0777);
                entries.add("/" + entry.getName() + (entry.isSymbolicLink() ? " -> " + entry.getLinkName() : " " + mode)
                        + (entry.getLongUserId() == 0 ? "" : " of " + entry.getLongUserId()));
            }
        }
        return entries;
    }

    @Test
    void keepsThePathsAndTheLinksThatLeadToThem() throws Exception {
        Tree tree = tree();
        tree.add(folder.resolve("lib/deep"));
        assertThat(written(tree))
                .contains(
                        folder + "/lib -> usr/lib",
                        folder + "/usr/lib/deep/ 755",
                        folder + "/usr/lib/deep/program 755",
                        folder + "/usr/lib/deep/alias -> program",
                        folder + "/usr/lib/deep/round -> round")
                .noneMatch(entry -> entry.contains("needless"));
    }

    @Test
    void hasNothingTwiceUnderAnotherPath() throws Exception {
        Tree tree = tree();
        tree.add(program);
        tree.add(folder.resolve("lib/deep/../deep/program"));
        tree.add(folder.resolve("usr/lib/deep/../../lib/deep/program"));
        assertThat(written(tree)).doesNotHaveDuplicates().noneMatch(entry -> entry.contains("/.."));
    }

    @Test
    void isTheSameAsLongAsTheFilesAre() throws Exception {
        Tree before = tree();
        before.add(program);
        before.put("/etc/passwd", "root");
        before.folder("/tmp");
        Tree again = tree();
        again.put("/etc/passwd", "root");
        again.folder("/tmp");
        again.add(program);
        assertThat(again.fingerprint()).isEqualTo(before.fingerprint());
        assertThat(written(again)).isEqualTo(written(before));
        Files.setLastModifiedTime(program, FileTime.fromMillis(MODIFIED + 1_000));
        Tree changed = tree();
        changed.add(program);
        changed.put("/etc/passwd", "root");
        changed.folder("/tmp");
        assertThat(changed.fingerprint()).isNotEqualTo(before.fingerprint());
    }

    @Test
    void knowsWhatTheLoaderLoads() throws Exception {
        Path elf = Files.write(folder.resolve("libx.so.1"), new byte[] {0x7f, 'E', 'L', 'F', 2});
        Tree tree = tree();
        tree.add(elf);
        tree.add(program);
        assertThat(tree.executables()).containsExactly(elf);
    }
}
