package io.margay.packages;

import io.margay.model.Architecture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What the header of an ELF file says: which processor it was built for.
 *
 * @param wide 64 bits, else 32
 * @param bigEndian most significant byte first
 * @param type of file: 2 a program, 3 one that may lie anywhere or a library, 1 an object file
 * @param machine {@code e_machine}
 * @param flags {@code e_flags}
 */
public record Elf(boolean wide, boolean bigEndian, int type, int machine, int flags) {
    /** As much of a file as is read. */
    public static final int HEAD_BYTES = 52;

    private static final int EXECUTABLE = 2;
    private static final int SHARED = 3;
    private static final int MACHINE_X86 = 3;
    private static final int MACHINE_ARM = 40;
    private static final int MACHINE_AMD64 = 62;
    private static final int MACHINE_ARM64 = 183;
    private static final int ARM_HARD_FLOAT = 0x400;

    /** Reads the first bytes of a file; empty where it is no ELF file. */
    public static Optional<Elf> read(byte[] head) {
        if (head.length < HEAD_BYTES || head[0] != 0x7f || head[1] != 'E' || head[2] != 'L' || head[3] != 'F') {
            return Optional.empty();
        }
        boolean bigEndian = head[5] == 2;
        ByteBuffer bytes = ByteBuffer.wrap(head).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        boolean wide = head[4] == 2;
        return Optional.of(new Elf(
                wide,
                bigEndian,
                Short.toUnsignedInt(bytes.getShort(16)),
                Short.toUnsignedInt(bytes.getShort(18)),
                bytes.getInt(wide ? 48 : 36)));
    }

    /** The architecture of the machine: what its Java was built for; empty where that can't be told. */
    public static Optional<Architecture> ofHost() {
        try (InputStream in = Files.newInputStream(Path.of("/proc/self/exe"))) {
            return read(in.readNBytes(HEAD_BYTES)).flatMap(Elf::architecture);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether it is linked: a program or a library. */
    public boolean isLinked() {
        return type == EXECUTABLE || type == SHARED;
    }

    /** Empty where no package may be built for it. */
    public Optional<Architecture> architecture() {
        if (bigEndian) {
            return Optional.empty();
        }
        return switch (machine) {
            case MACHINE_AMD64 -> wide ? Optional.of(Architecture.AMD64) : Optional.empty();
            case MACHINE_ARM64 -> wide ? Optional.of(Architecture.ARM64) : Optional.empty();
            case MACHINE_X86 -> wide ? Optional.empty() : Optional.of(Architecture.X86);
            case MACHINE_ARM ->
                wide
                        ? Optional.empty()
                        : Optional.of((flags & ARM_HARD_FLOAT) == 0 ? Architecture.ARMV7 : Architecture.ARMV7HF);
            default -> Optional.empty();
        };
    }

    /** What it is built for, in words. */
    public String builtFor() {
        return architecture()
                .map(Architecture::word)
                .orElseGet(() -> String.format(
                        Locale.ROOT,
                        "machine %d (%d bits%s)",
                        machine,
                        wide ? 64 : 32,
                        bigEndian ? ", big-endian" : ""));
    }
}
