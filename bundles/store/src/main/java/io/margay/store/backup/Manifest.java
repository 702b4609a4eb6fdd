package io.margay.store.backup;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a backup holds. It is its last entry, so that one that was cut short has none.
 *
 * @param version of the gateway that made it
 * @param created when
 * @param tables the version of the database's tables
 * @param files the SHA-256 of each file, in lower-case hexadecimal, by its path from the gateway's home
 */
public record Manifest(String version, Instant created, int tables, Map<String, String> files) {
    /** The name of the entry. */
    static final String NAME = "margay-backup.txt";

    private static final String FIRST = "margay-backup 1";
    private static final Pattern FILE = Pattern.compile("([0-9a-f]{64})  ([^\\p{Cntrl}]+)");

    public Manifest {
        files = Collections.unmodifiableMap(new TreeMap<>(files));
    }

    /** As it is written; the lines of the files are those of {@code sha256sum}. */
    String text() {
        StringBuilder text = new StringBuilder(
                "margay-backup 1\nversion " + version + "\ncreated " + created + "\ntables " + tables + "\n");
        files.forEach(
                (path, sha256) -> text.append(sha256).append("  ").append(path).append('\n'));
        return text.toString();
    }

    static Manifest parse(String text) throws BackupException {
        Iterator<String> lines = text.lines().iterator();
        try {
            if (!lines.next().equals(FIRST)) {
                throw new BackupException(NAME + " in the backup is of a later version of Margay");
            }
            String version = value(lines.next(), "version ");
            Instant created = Instant.parse(value(lines.next(), "created "));
            int tables = Integer.parseInt(value(lines.next(), "tables "));
            Map<String, String> files = new TreeMap<>();
            while (lines.hasNext()) {
                Matcher file = FILE.matcher(lines.next());
                if (!file.matches()) {
                    throw new BackupException(
                            "line " + (files.size() + 5) + " of " + NAME + " in the backup is damaged");
                }
                files.put(file.group(2), file.group(1));
            }
            return new Manifest(version, created, tables, files);
        } catch (NoSuchElementException | DateTimeException | IllegalArgumentException e) {
            throw new BackupException(NAME + " in the backup is damaged: " + e.getMessage(), e);
        }
    }

    private static String value(String line, String key) {
        if (!line.startsWith(key)) {
            throw new IllegalArgumentException("'" + key.strip() + "' is missing");
        }
        return line.substring(key.length());
    }
}
