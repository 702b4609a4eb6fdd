package io.margay.packages.internal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of contents of a zip file. Read here besides {@code java.util.zip}, which does not tell what kind of file an
 * entry is, whether it may be executed, and whether it is encrypted.
 */
public final class ZipTable {
    private static final int END_BYTES = 22;
    private static final int ENTRY_BYTES = 46;
    private static final int END = 0x06054b50;
    private static final int ENTRY = 0x02014b50;
    private static final int ZIP64 = 0xffff;
    private static final int UNIX = 3;
    private static final int MACOS = 19;
    /** Encrypted, strongly encrypted, with an encrypted table. */
    private static final int ENCRYPTED = 0x2041;

    private static final int FILE_TYPE = 0170000;
    private static final int REGULAR = 0100000;
    private static final int FOLDER = 0040000;
    private static final int LINK = 0120000;
    private static final int ANY_EXECUTE = 0111;

    private ZipTable() {}

    /**
     * What the table says of an entry, none of it checked.
     *
     * @param name with a slash at the end for a folder
     * @param packed size in the file, in bytes
     * @param size unpacked, in bytes
     * @param mode of a Unix system; 0 where it was packed on another one
     */
    public record Entry(String name, boolean encrypted, int method, long packed, long size, int mode) {
        public boolean isLink() {
            return (mode & FILE_TYPE) == LINK;
        }

        /** A device, a pipe, a socket. */
        public boolean isSpecial() {
            int type = mode & FILE_TYPE;
            return type != 0 && type != REGULAR && type != FOLDER && type != LINK;
        }

        /** Whether it was packed where files have permissions. */
        public boolean hasPermissions() {
            return mode != 0;
        }

        public boolean isExecutable() {
            return (mode & ANY_EXECUTE) != 0 && !name.endsWith("/");
        }
    }

    /**
     * Reads the table.
     *
     * @throws IOException also when the file is no zip, with what is wrong
     */
    public static List<Entry> read(Path file) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            int tail = (int) Math.min(in.length(), END_BYTES + 0xffff);
            ByteBuffer end = read(in, in.length() - tail, tail);
            int at = tail - END_BYTES;
            while (at >= 0 && end.getInt(at) != END) {
                at--;
            }
            if (at < 0) {
                throw new IOException("the table of contents at its end is missing");
            }
            int count = Short.toUnsignedInt(end.getShort(at + 10));
            long size = Integer.toUnsignedLong(end.getInt(at + 12));
            long start = in.length() - tail + at - size;
            if (count == ZIP64) {
                throw new IOException("it is of the format zip64; pack fewer than 65,535 files");
            }
            if (start < 0) {
                throw new IOException("its table of contents is damaged");
            }
            return entries(read(in, start, (int) size), count);
        }
    }

    private static List<Entry> entries(ByteBuffer table, int count) throws IOException {
        List<Entry> entries = new ArrayList<>();
        while (table.hasRemaining()) {
            int p = table.position();
            if (table.remaining() < ENTRY_BYTES || table.getInt(p) != ENTRY) {
                throw new IOException("its table of contents is damaged");
            }
            int name = Short.toUnsignedInt(table.getShort(p + 28));
            int more = Short.toUnsignedInt(table.getShort(p + 30)) + Short.toUnsignedInt(table.getShort(p + 32));
            if (table.remaining() < ENTRY_BYTES + name + more) {
                throw new IOException("its table of contents is damaged");
            }
            int system = table.get(p + 5);
            entries.add(new Entry(
                    StandardCharsets.UTF_8
                            .decode(table.slice(p + ENTRY_BYTES, name))
                            .toString(),
                    (table.getShort(p + 8) & ENCRYPTED) != 0,
                    Short.toUnsignedInt(table.getShort(p + 10)),
                    Integer.toUnsignedLong(table.getInt(p + 20)),
                    Integer.toUnsignedLong(table.getInt(p + 24)),
                    system == UNIX || system == MACOS ? table.getInt(p + 38) >>> 16 : 0));
            table.position(p + ENTRY_BYTES + name + more);
        }
        if (entries.size() != count) {
            throw new IOException("its table of contents is damaged");
        }
        return entries;
    }

    private static ByteBuffer read(RandomAccessFile in, long at, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.seek(at);
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
