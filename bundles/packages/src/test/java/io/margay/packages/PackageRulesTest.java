package io.margay.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Architecture;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.WorkloadId.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a package of each language must hold, and the words when it does not. */
class PackageRulesTest {
    private static final int HARD_FLOAT = 0x05000400;
    private static final int SOFT_FLOAT = 0x05000200;

    @TempDir
    Path folder;

    private void check(Kind kind, Language language, Architecture architecture, RawZip zip)
            throws IOException, InvalidException {
        Path temporary = folder.resolve("inner.jar");
        try {
            PackageRules.check(
                    "file",
                    "'a.zip'",
                    Files.write(folder.resolve("a.zip"), zip.bytes()),
                    kind,
                    language,
                    Optional.ofNullable(architecture),
                    temporary);
        } finally {
            assertThat(temporary).doesNotExist();
        }
    }

    private void accepted(Kind kind, Language language, RawZip zip) throws Exception {
        check(kind, language, null, zip);
    }

    private void refused(Kind kind, Language language, RawZip zip, String message) {
        assertThatThrownBy(() -> check(kind, language, null, zip))
                .isInstanceOf(InvalidException.class)
                .hasMessage("file: 'a.zip' " + message);
    }

    private static RawZip file(String name) {
        return new RawZip().add(name, "x");
    }

    @Test
    void scripts() throws Exception {
        accepted(Kind.DRIVER, Language.PYTHON, file("index.py"));
        accepted(Kind.DRIVER, Language.PYTHON, file("index/__init__.py"));
        accepted(Kind.DRIVER, Language.NODEJS, file("index.js"));
        accepted(Kind.DRIVER, Language.NODEJS, file("index/index.js"));
        refused(Kind.DRIVER, Language.PYTHON, file("index.js"), "has no index.py at its top");
        refused(Kind.DRIVER, Language.NODEJS, file("other.js"), "has no index.js at its top");
        // A handler may name it.
        accepted(Kind.FUNCTION, Language.NODEJS, file("other.js"));
        refused(
                Kind.FUNCTION,
                Language.PYTHON,
                file("alarm/index.py"),
                "has no index.py at its top; it has alarm/index.py: zip what is in the folder, not the folder itself");
    }

    @Test
    void javaPackages() throws Exception {
        byte[] jar = file("a/A.class").add("lib/own.jar", "x").bytes();
        accepted(Kind.DRIVER, Language.JAVA, file("a/A.class"));
        accepted(Kind.DRIVER, Language.JAVA, new RawZip().add("any.jar", jar, RawZip.REGULAR, 0));
        RawZip two = new RawZip()
                .add("main.jar", jar, RawZip.REGULAR, 0)
                .add("other.jar", "x")
                .add("lib/b.jar", "x");
        accepted(Kind.DRIVER, Language.JAVA, two);
        try (PackageZip zip = PackageZip.open("", "", Files.write(folder.resolve("two.zip"), two.bytes()), false)) {
            JavaPackage read = JavaPackage.read("", "", zip, folder.resolve("inner.jar"));
            assertThat(read.innerJar()).contains("main.jar");
            assertThat(read.libraries()).containsExactly("lib/own.jar");
            assertThat(read.besideLibraries()).containsExactly("lib/b.jar");
        }
        refused(
                Kind.DRIVER,
                Language.JAVA,
                file("one.jar").add("two.jar", "x"),
                "is no Java package: it has neither classes nor exactly one jar (or a main.jar) at its top; "
                        + "is the language right?");
        refused(
                Kind.DRIVER,
                Language.JAVA,
                new RawZip().add("a.jar", jar, RawZip.REGULAR, 0).add("lib/own.jar", "y"),
                "has lib/own.jar twice: within a.jar and beside it");
        assertThatThrownBy(() -> check(Kind.DRIVER, Language.JAVA, null, file("torn.jar")))
                .hasMessage(
                        "file: torn.jar in 'a.zip' is no zip or jar file: the table of contents at its end is missing");
    }

    @Test
    void damagedEntries() {
        byte[] bytes = new byte[100_000];
        refused(
                Kind.FUNCTION,
                Language.PYTHON,
                file("index.py").add("data", bytes, RawZip.REGULAR, 0, 10),
                "can't be read: entry 'data' is larger than it says");
    }

    /** The first bytes of an ELF file. */
    private static byte[] elf(int bits, int data, int type, int machine, int flags) {
        ByteBuffer head = ByteBuffer.allocate(64).order(data == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        head.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (bits / 32), (byte) data, 1});
        head.putShort(16, (short) type).putShort(18, (short) machine);
        return head.putInt(bits == 64 ? 48 : 36, flags).array();
    }

    private void program(Architecture architecture, byte[] main) {
        assertThatCode(() -> check(
                        Kind.DRIVER,
                        Language.C,
                        architecture,
                        new RawZip()
                                .add("main", main, RawZip.EXECUTABLE, 0)
                                .add("lib/libx.so.1", main, RawZip.REGULAR, 0)
                                .add("lib/libx.so", "INPUT(libx.so.1)")))
                .doesNotThrowAnyException();
    }

    private void noProgram(Architecture architecture, RawZip zip, String message) {
        assertThatThrownBy(() -> check(Kind.FUNCTION, Language.C, architecture, zip))
                .isInstanceOf(InvalidException.class)
                .hasMessage("file: 'a.zip' " + message);
    }

    private static RawZip main(byte[] content) {
        return new RawZip().add("main", content, RawZip.EXECUTABLE, 0);
    }

    @Test
    void programs() {
        program(Architecture.AMD64, elf(64, 1, 3, 62, 0));
        program(Architecture.ARM64, elf(64, 1, 2, 183, 0));
        program(Architecture.ARMV7, elf(32, 1, 2, 40, SOFT_FLOAT));
        program(Architecture.ARMV7HF, elf(32, 1, 3, 40, HARD_FLOAT));
        program(Architecture.X86, elf(32, 1, 3, 3, 0));
        Architecture amd64 = Architecture.AMD64;
        noProgram(
                amd64,
                file("bin/main"),
                "has no main at its top; it has bin/main: zip what is in the folder, " + "not the folder itself");
        noProgram(amd64, file("main"), "has a main that can't be executed; run chmod +x main, zip it again");
        String none = "has a main that is no program: it is no linked ELF file, as a compiler makes it";
        noProgram(amd64, main("#!/bin/sh\n".repeat(20).getBytes(java.nio.charset.StandardCharsets.UTF_8)), none);
        noProgram(amd64, main(new byte[0]), none);
        noProgram(amd64, main(elf(64, 1, 1, 62, 0)), none);
        noProgram(
                amd64,
                main(elf(64, 1, 3, 183, 0)),
                "has a main that is built for arm64, and its architecture is amd64");
        noProgram(
                Architecture.ARMV7,
                main(elf(32, 1, 3, 40, HARD_FLOAT)),
                "has a main that is built for armv7hf, and its architecture is armv7");
        noProgram(
                Architecture.ARMV7HF,
                main(elf(32, 1, 3, 40, SOFT_FLOAT)),
                "has a main that is built for armv7, and its architecture is armv7hf");
        noProgram(
                amd64,
                main(elf(32, 1, 3, 62, 0)),
                "has a main that is built for machine 62 (32 bits), and its architecture is amd64");
        noProgram(
                Architecture.ARM64,
                main(elf(64, 2, 3, 183, 0)),
                "has a main that is built for machine 183 (64 bits, big-endian), and its architecture is arm64");
        noProgram(
                amd64,
                main(elf(64, 1, 3, 62, 0)).add("lib/libx.so", elf(64, 1, 3, 183, 0), RawZip.REGULAR, 0),
                "has a lib/libx.so that is built for arm64, and its architecture is amd64");
    }

    @Test
    void thisMachineIsOneOfThem() {
        assertThat(Elf.ofHost()).isPresent();
    }
}
