package io.margay.packages;

import io.margay.model.InvalidException;
import io.margay.packages.internal.ZipRules;
import io.margay.packages.internal.ZipTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A zip or jar whose table of contents keeps the rules. What is taken out of it is streamed. For one thread. */
public final class PackageZip implements AutoCloseable {
    /** The program of a package in C. */
    static final String PROGRAM = "main";

    private final ZipFile zip;
    private final Map<String, ZipTable.Entry> table;

    private PackageZip(ZipFile zip, List<ZipTable.Entry> table) {
        this.zip = zip;
        this.table = table.stream().collect(Collectors.toMap(ZipTable.Entry::name, Function.identity(), (a, b) -> a));
    }

    /**
     * Opens a zip and checks its entries.
     *
     * @param path where the file stands in a document or request
     * @param what names the file in messages
     * @param toFiles whether it will be unpacked into a folder, where the case of names may not tell files apart
     * @throws InvalidException it is no zip, or breaks a rule; the message names the entry
     */
    public static PackageZip open(String path, String what, Path file, boolean toFiles) throws InvalidException {
        List<ZipTable.Entry> table;
        try {
            table = ZipTable.read(file);
        } catch (IOException e) {
            throw new InvalidException(path, what + " is no zip or jar file: " + e.getMessage());
        }
        try {
            ZipRules.check(table, toFiles);
        } catch (InvalidException e) {
            throw new InvalidException(path, what + " is refused: " + e.getMessage());
        }
        try {
            return new PackageZip(new ZipFile(file.toFile()), table);
        } catch (IOException e) {
            throw new InvalidException(path, what + " is no zip or jar file: " + e.getMessage());
        }
    }

    /** Opens one that was checked before. */
    public static PackageZip reopen(Path file) throws IOException {
        return new PackageZip(new ZipFile(file.toFile()), ZipTable.read(file));
    }

    /** In the order of the table. */
    public List<ZipEntry> entries() {
        return Collections.unmodifiableList(Collections.list(zip.entries()));
    }

    public boolean has(String name) {
        return zip.getEntry(name) != null;
    }

    /** Whether an entry is to be a file that can be executed. */
    public boolean isExecutable(String name) {
        ZipTable.Entry entry = table.get(name);
        // Who packs where files have no permissions can't say it, and a program is of no use without.
        return entry != null && (entry.isExecutable() || (name.equals(PROGRAM) && !entry.hasPermissions()));
    }

    /** The manifest, empty where there is none. */
    public Manifest manifest() throws IOException {
        ZipEntry entry = zip.getEntry(JarFile.MANIFEST_NAME);
        if (entry == null) {
            return new Manifest();
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return new Manifest(in);
        }
    }

    /** The first bytes of an entry, fewer where it is shorter. */
    byte[] head(String name, int bytes) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        try (InputStream in = zip.getInputStream(entry)) {
            return in.readNBytes(bytes);
        } catch (IOException e) {
            throw damaged(entry, e.toString(), e);
        }
    }

    /** Takes an entry out as a file, which must not be there yet. */
    public void extract(String name, Path to) throws IOException {
        try (OutputStream out = Files.newOutputStream(to, java.nio.file.StandardOpenOption.CREATE_NEW)) {
            copy(zip.getEntry(name), out);
        }
    }

    /**
     * Copies what an entry holds, but no more than it says: only the size in the table was checked, and it may lie.
     *
     * @throws IOException also when it is larger than it says, or another than it was when it was packed
     */
    public void copy(ZipEntry entry, OutputStream out) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        CRC32 crc = new CRC32();
        long left = entry.getSize();
        try (InputStream in = zip.getInputStream(entry)) {
            for (int n = read(in, buffer, entry); n >= 0; n = read(in, buffer, entry)) {
                left -= n;
                if (left < 0) {
                    throw new IOException("entry '" + entry.getName() + "' is larger than it says");
                }
                crc.update(buffer, 0, n);
                out.write(buffer, 0, n);
            }
        }
        if (crc.getValue() != entry.getCrc()) {
            throw damaged(entry, "its checksum is wrong", null);
        }
    }

    /** Else the name of the entry would be in no message, and in some cases there would be none at all. */
    private static int read(InputStream in, byte[] buffer, ZipEntry entry) throws IOException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw damaged(entry, e.toString(), e);
        }
    }

    private static IOException damaged(ZipEntry entry, String why, IOException cause) {
        return new IOException("entry '" + entry.getName() + "' is damaged: " + why, cause);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
