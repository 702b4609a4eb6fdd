package io.margay.store.backup;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
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

    private static final Pattern LINES = Pattern.compile(
            "margay-backup 1\nversion (\\S{1,64})\ncreated (\\S+)\ntables (\\d{1,6})\n((?:[0-9a-f]{64}  \\S+\n)*)");

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

    static Manifest parse(String text) throws IOException {
        Matcher lines = LINES.matcher(text);
        if (!lines.matches()) {
            throw new IOException(NAME + " in the backup can't be read; was it made by a later version of Margay?");
        }
        Map<String, String> files = new TreeMap<>();
        lines.group(4).lines().forEach(line -> files.put(line.substring(66), line.substring(0, 64)));
        try {
            return new Manifest(lines.group(1), Instant.parse(lines.group(2)), Integer.parseInt(lines.group(3)), files);
        } catch (DateTimeException e) {
            throw new IOException(NAME + " in the backup has no date: " + lines.group(2), e);
        }
    }
}
