package io.margay.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.InvalidException;
import io.margay.model.Limits;
import io.margay.packages.internal.ZipRules;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused in a zip, each by name, and what is taken out of one. */
class PackageZipTest {
    @TempDir
    Path folder;

    private Path file(RawZip zip) throws IOException {
        return Files.write(folder.resolve("a.zip"), zip.bytes());
    }

    private void accepted(RawZip zip) throws Exception {
        PackageZip.open("drivers[0]", "a.zip", file(zip), true).close();
    }

    private void refused(RawZip zip, String... words) throws IOException {
        Path file = file(zip);
        assertThatThrownBy(() -> PackageZip.open("drivers[0]", "a.zip", file, true))
                .isInstanceOf(InvalidException.class)
                .hasMessageContainingAll(words);
    }

    private static RawZip one(String name) {
        return new RawZip().add(name, "x");
    }

    private static RawZip kind(int mode, int flags) {
        return new RawZip().add("lib/x", new byte[10], mode, flags);
    }

    @Test
    void namesThatLeadOut() throws Exception {
        for (String name : new String[] {"../x", "a/../../x", "/etc/x", "C:/x", "c:x", "a\\x", "..", "a/.."}) {
            refused(one(name), "'" + name + "' leads out of its folder");
        }
        refused(new RawZip(), "there is no file in it");
        refused(one("./x"), "'./x' is no plain path");
        refused(one("a//x"), "'a//x' is no plain path");
        refused(one("a\nx"), "'a?x' has a control character");
        refused(one("a\0x"), "'a?x' has a control character");
        refused(one("ä".repeat(128)), "more than 255 bytes between two slashes");
        refused(one("0123456789abcdef/".repeat(61)), "more than 1024 bytes");
        accepted(one("ä".repeat(127)));
        accepted(one("..x/x..").add("a/", ""));
    }

    @Test
    void namesThatAreThereTwice() throws Exception {
        refused(one("a/x").add("a/x", "y"), "'a/x' is there twice");
        refused(one("a/x").add("a/X", "y"), "'a/x' and 'a/X' differ only in how their letters are written");
        refused(one("A/x").add("a/y", "y"), "'A/' and 'a/' differ only");
        refused(one("\u00e4").add("a\u0308", "y"), "differ only");
        refused(one("a").add("a/x", "y"), "entry 'a/x' needs 'a' as a folder, which is a file");
        refused(one("a/x").add("a", "y"), "entry 'a' needs 'a' as a file, which is a folder");
        accepted(one("a/").add("a/x", "").add("a/y", ""));
        // Classes of a jar are never files of their own.
        PackageZip.open("", "a.jar", file(one("a/x").add("a/X", "y").add("A", "z")), false)
                .close();
    }

    @Test
    void kindsThatAreNoFiles() throws Exception {
        refused(kind(RawZip.LINK, 0), "'lib/x' is a link; put the file itself in");
        refused(kind(RawZip.PIPE, 0), "'lib/x' is a device, a pipe or a socket");
        refused(kind(RawZip.REGULAR, RawZip.ENCRYPTED), "'lib/x' is encrypted; pack it without a password");
        byte[] bytes = one("lib/x").bytes();
        int method = bytes.length - 22 - 46 - "lib/x".length() + 10;
        bytes[method] = 12;
        Path file = Files.write(folder.resolve("bzip2.zip"), bytes);
        assertThatThrownBy(() -> PackageZip.open("", "bzip2.zip", file, true))
                .hasMessageContaining("packed by method 12");
    }

    @Test
    void tooMuch() throws Exception {
        RawZip most = new RawZip();
        for (int i = 0; i < Limits.MAX_PACKAGE_ENTRIES; i++) {
            most.add("x" + i, "");
        }
        accepted(most);
        refused(most.add("y", ""), "it has 10001 entries, more than 10000");

        int suspect = (int) ZipRules.MAX_SUSPECT_BYTES;
        accepted(new RawZip().add("x", new byte[suspect], RawZip.REGULAR, 0));
        refused(
                new RawZip().add("x", new byte[suspect + 1], RawZip.REGULAR, 0),
                "'x' unpacks from ",
                " to 10485761 bytes, more than 100 times as many");
        RawZip large = new RawZip();
        for (int i = 0; i < 50; i++) {
            large.add("x" + i, new byte[0], RawZip.REGULAR, 0, suspect);
        }
        accepted(large);
        refused(large.add("y", "1"), "unpacked it is larger than 500 MB");
    }

    @Test
    void damagedTables() throws Exception {
        byte[] whole = one("index.py").add("lib/x", "y").bytes();
        for (int length = 0; length < whole.length; length++) {
            Path file = Files.write(folder.resolve("cut.zip"), java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> PackageZip.open("", "cut.zip", file, true))
                    .hasMessageContaining("cut.zip is no zip or jar file: ");
        }
    }

    /** The table may lie about sizes; whoever packed it may want a disk to fill up. */
    @Test
    void nothingComesOutThatIsLargerThanItSays() throws Exception {
        Path file = file(new RawZip().add("x", new byte[100_000], RawZip.REGULAR, 0, 1000));
        try (PackageZip zip = PackageZip.reopen(file)) {
            assertThatThrownBy(() -> zip.copy(zip.entries().get(0), OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void nothingComesOutThatIsNotWhatWentIn() throws Exception {
        byte[] bytes = one("x").bytes();
        for (int sum : new int[] {14, bytes.length - 22 - 46 - 1 + 16}) {
            bytes[sum] ^= 1;
        }
        try (PackageZip zip = PackageZip.reopen(Files.write(folder.resolve("a.zip"), bytes))) {
            assertThatThrownBy(() -> zip.extract("x", folder.resolve("x")))
                    .hasMessage("entry 'x' is damaged: its checksum is wrong");
        }
    }

    @Test
    void programsArePrograms() throws Exception {
        Path file = file(new RawZip()
                .add("main", new byte[] {1}, 0, 0)
                .add("tool", new byte[] {1}, RawZip.EXECUTABLE, 0)
                .add("lib/main", new byte[] {1}, 0, 0)
                .add("lib/data", new byte[] {2}, RawZip.REGULAR, 0));
        try (PackageZip zip = PackageZip.reopen(file)) {
            assertThat(zip.entries().stream().map(ZipEntry::getName).filter(zip::isExecutable))
                    .containsExactly("main", "tool");
        }
        try (PackageZip zip = PackageZip.reopen(file(new RawZip().add("main", "x")))) {
            assertThat(zip.isExecutable("main"))
                    .as("it was packed as no program")
                    .isFalse();
        }
    }
}
