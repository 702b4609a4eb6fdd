package io.margay.deployer.internal;

import io.margay.model.InvalidException;
import io.margay.model.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Checks zip files before anything is taken out of them. */
final class Zips {
    /** An entry that is larger must not be packed to less than a hundredth: nothing that people write is. */
    static final long MAX_SUSPECT_BYTES = 10L * 1024 * 1024;

    static final int MAX_RATIO = 100;
    private static final int MAX_NAME_BYTES = 1024;
    private static final int MAX_PART_BYTES = 255;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private Zips() {}

    /**
     * Opens a zip and checks its entries.
     *
     * @param path where the file stands in the document
     * @param what names the file in messages
     * @param toFiles whether it will be unpacked into a folder, where the case of names may not tell files apart
     */
    static ZipFile open(String path, String what, Path file, boolean toFiles) throws InvalidException {
        List<ZipTable.Entry> table;
        try {
            table = ZipTable.read(file);
        } catch (IOException e) {
            throw new InvalidException(path, what + " is no zip or jar file: " + e.getMessage());
        }
        try {
            check(table, toFiles);
        } catch (InvalidException e) {
            throw new InvalidException(path, what + " is refused: " + e.getMessage());
        }
        try {
            return new ZipFile(file.toFile());
        } catch (IOException e) {
            throw new InvalidException(path, what + " is no zip or jar file: " + e.getMessage());
        }
    }

    private static void check(List<ZipTable.Entry> table, boolean toFiles) throws InvalidException {
        if (table.size() > Limits.MAX_PACKAGE_ENTRIES) {
            throw refused("it has " + table.size() + " entries, more than " + Limits.MAX_PACKAGE_ENTRIES);
        }
        long total = 0;
        Set<String> names = new HashSet<>();
        Map<String, String> places = new HashMap<>();
        for (ZipTable.Entry entry : table) {
            checkName(entry.name());
            checkKind(entry);
            if (!names.add(entry.name())) {
                throw refused(quoted(entry) + " is there twice");
            }
            if (toFiles) {
                checkPlace(entry.name(), places);
            }
            total += entry.size();
            if (total > Limits.MAX_UNPACKED_BYTES) {
                throw refused("unpacked it is larger than 500 MB");
            }
        }
    }

    private static InvalidException refused(String why) {
        return new InvalidException("", why);
    }

    private static String quoted(ZipTable.Entry entry) {
        return "entry '" + entry.name() + "'";
    }

    private static void checkName(String name) throws InvalidException {
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw refused("entry '" + name.replaceAll("\\p{Cntrl}", "?") + "' has a control character in its name");
        }
        if (name.startsWith("/") || name.contains("\\") || name.matches("[A-Za-z]:.*")) {
            throw refused("entry '" + name + "' leads out of its folder");
        }
        if (bytes(name) > MAX_NAME_BYTES) {
            throw refused(
                    "entry '" + name.substring(0, 40) + "…' has a name of more than " + MAX_NAME_BYTES + " bytes");
        }
        for (String part : (name.endsWith("/") ? name.substring(0, name.length() - 1) : name).split("/", -1)) {
            if (part.equals("..")) {
                throw refused("entry '" + name + "' leads out of its folder");
            }
            if (part.isEmpty() || part.equals(".")) {
                throw refused("entry '" + name + "' is no plain path; pack it without './' and '//'");
            }
            if (bytes(part) > MAX_PART_BYTES) {
                throw refused("entry '" + name.substring(0, 40) + "…' has a name of more than " + MAX_PART_BYTES
                        + " bytes between two slashes");
            }
        }
    }

    private static int bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length;
    }

    private static void checkKind(ZipTable.Entry entry) throws InvalidException {
        if (entry.encrypted()) {
            throw refused(quoted(entry) + " is encrypted; pack it without a password");
        }
        if (entry.isLink()) {
            throw refused(quoted(entry) + " is a link; put the file itself in");
        }
        if (entry.isSpecial()) {
            throw refused(quoted(entry) + " is a device, a pipe or a socket");
        }
        if (entry.method() != STORED && entry.method() != DEFLATED) {
            throw refused(quoted(entry) + " is packed by method " + entry.method() + "; pack it with 'deflate'");
        }
        if (entry.size() > MAX_SUSPECT_BYTES && entry.size() / MAX_RATIO > entry.packed()) {
            throw refused(quoted(entry) + " unpacks from " + entry.packed() + " to " + entry.size()
                    + " bytes, more than " + MAX_RATIO + " times as many");
        }
    }

    /** No two entries, nor the folders above them, may be one file where case does not count. */
    private static void checkPlace(String name, Map<String, String> places) throws InvalidException {
        for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
            take(name.substring(0, slash + 1), name, places);
        }
        if (!name.endsWith("/")) {
            take(name, name, places);
        }
    }

    private static void take(String place, String name, Map<String, String> places) throws InvalidException {
        boolean folder = place.endsWith("/");
        String plain = folder ? place.substring(0, place.length() - 1) : place;
        String before = places.putIfAbsent(
                Normalizer.normalize(plain, Normalizer.Form.NFC).toLowerCase(Locale.ROOT), place);
        if (before == null || (before.equals(place) && folder)) {
            return;
        }
        if (before.equals(plain) || before.equals(plain + "/")) {
            throw refused("entry '" + name + "' needs '" + plain + "' as a " + (folder ? "folder" : "file")
                    + ", which is a " + (folder ? "file" : "folder"));
        }
        throw refused("entries '" + before + "' and '" + place + "' differ only in how their letters are written");
    }

    /**
     * Copies what an entry holds, but no more than it says: only the size in the table was checked, and it may lie.
     *
     * @throws IOException also when it is larger than it says
     */
    static void copy(ZipFile zip, ZipEntry entry, OutputStream out) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        long left = entry.getSize();
        try (InputStream in = zip.getInputStream(entry)) {
            for (int n = read(in, buffer, entry); n >= 0; n = read(in, buffer, entry)) {
                left -= n;
                if (left < 0) {
                    throw new IOException("entry " + entry.getName() + " is larger than it says");
                }
                out.write(buffer, 0, n);
            }
        }
    }

    /** Else the name of the entry would be in no message, and in some cases there would be none at all. */
    private static int read(InputStream in, byte[] buffer, ZipEntry entry) throws IOException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw new IOException("entry " + entry.getName() + " is damaged: " + e, e);
        }
    }

    /** Whether the name is that of a signature, which does not hold for a jar with another manifest. */
    static boolean isSignature(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("META-INF/")
                && (upper.endsWith(".SF") || upper.endsWith(".RSA") || upper.endsWith(".DSA") || upper.endsWith(".EC"));
    }
}
