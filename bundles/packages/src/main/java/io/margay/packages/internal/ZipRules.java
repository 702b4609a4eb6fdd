package io.margay.packages.internal;

import io.margay.model.InvalidException;
import io.margay.model.Limits;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the table of contents of a package may say. */
public final class ZipRules {
    /** An entry that is larger must not be packed to less than a hundredth: nothing that people write is. */
    public static final long MAX_SUSPECT_BYTES = 10L * 1024 * 1024;

    private static final int MAX_RATIO = 100;
    private static final int MAX_NAME_BYTES = 1024;
    private static final int MAX_PART_BYTES = 255;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private ZipRules() {}

    /**
     * Checks all entries.
     *
     * @param toFiles whether it will be unpacked into a folder, where the case of names may not tell files apart
     * @throws InvalidException without a path
     */
    public static void check(List<ZipTable.Entry> table, boolean toFiles) throws InvalidException {
        if (table.isEmpty()) {
            throw refused("there is no file in it");
        }
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
}
