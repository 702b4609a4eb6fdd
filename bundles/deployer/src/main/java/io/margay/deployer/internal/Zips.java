package io.margay.deployer.internal;

import io.margay.model.InvalidException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Checks zip files before anything is taken out of them. */
final class Zips {
    static final int MAX_ENTRIES = 20_000;
    static final long MAX_UNPACKED_BYTES = 500L * 1024 * 1024;
    private static final int END_BYTES = 22;
    private static final int ENTRY_BYTES = 46;
    private static final int END = 0x06054b50;
    private static final int ENTRY = 0x02014b50;
    private static final int UNIX = 3;
    private static final int MACOS = 19;
    private static final int FILE_TYPE = 0170000;
    private static final int LINK = 0120000;

    private Zips() {}

    /**
     * Opens a zip and checks the names and sizes of its entries.
     *
     * @param path where the file stands in the document
     * @param what names the file in messages
     */
    static ZipFile open(String path, String what, Path file) throws InvalidException {
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile());
        } catch (IOException e) {
            throw new InvalidException(path, what + " is no zip or jar file: " + e.getMessage());
        }
        try {
            check(zip);
            checkLinks(file);
            return zip;
        } catch (IOException | InvalidException e) {
            try {
                zip.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw new InvalidException(path, what + " is refused: " + e.getMessage());
        }
    }

    private static void check(ZipFile zip) throws InvalidException {
        if (zip.size() > MAX_ENTRIES) {
            throw new InvalidException("", "it has more than " + MAX_ENTRIES + " entries");
        }
        long total = 0;
        Set<String> names = new HashSet<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            checkName(entry.getName());
            if (!names.add(entry.getName())) {
                throw new InvalidException("", "entry '" + entry.getName() + "' is there twice");
            }
            total += Math.max(0, entry.getSize());
            if (total > MAX_UNPACKED_BYTES) {
                throw new InvalidException("", "unpacked it is larger than 500 MB");
            }
        }
    }

    private static void checkName(String name) throws InvalidException {
        boolean leaves = name.startsWith("/")
                || name.contains("\\")
                || name.indexOf('\0') >= 0
                || name.matches("[A-Za-z]:.*")
                || List.of(name.split("/", -1)).contains("..");
        if (leaves) {
            throw new InvalidException("", "entry '" + name + "' leads out of its folder");
        }
    }

    /** Reads the table of contents itself: java.util.zip does not tell what kind of file an entry is. */
    private static void checkLinks(Path file) throws IOException, InvalidException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            int tail = (int) Math.min(in.length(), END_BYTES + 0xffff);
            ByteBuffer end = read(in, in.length() - tail, tail);
            int at = tail - END_BYTES;
            while (at >= 0 && end.getInt(at) != END) {
                at--;
            }
            if (at < 0) {
                throw new IOException("its table of contents is not there");
            }
            long size = Integer.toUnsignedLong(end.getInt(at + 12));
            long start = in.length() - tail + at - size;
            if (start < 0 || size > Integer.MAX_VALUE || size == 0xffffffffL) {
                throw new IOException("its table of contents is too large (zip64)");
            }
            ByteBuffer table = read(in, start, (int) size);
            while (table.remaining() >= ENTRY_BYTES && table.getInt(table.position()) == ENTRY) {
                int p = table.position();
                int system = table.get(p + 5);
                int mode = table.getInt(p + 38) >>> 16;
                if ((system == UNIX || system == MACOS) && (mode & FILE_TYPE) == LINK) {
                    throw new InvalidException("", "it holds a link; put the file itself in");
                }
                int next = ENTRY_BYTES
                        + Short.toUnsignedInt(table.getShort(p + 28))
                        + Short.toUnsignedInt(table.getShort(p + 30))
                        + Short.toUnsignedInt(table.getShort(p + 32));
                table.position(Math.min(table.limit(), p + next));
            }
        }
    }

    private static ByteBuffer read(RandomAccessFile in, long at, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.seek(at);
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether the name is that of a signature, which does not hold for a jar with another manifest. */
    static boolean isSignature(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("META-INF/")
                && (upper.endsWith(".SF") || upper.endsWith(".RSA") || upper.endsWith(".DSA") || upper.endsWith(".EC"));
    }
}
