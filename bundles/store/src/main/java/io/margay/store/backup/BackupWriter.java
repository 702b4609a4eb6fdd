package io.margay.store.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a backup as a zip, file by file. Used by one thread. */
public final class BackupWriter {
    private final ZipOutputStream zip;
    private final String version;
    private final int tables;
    private final Map<String, String> files = new TreeMap<>();

    /**
     * @param version the gateway's
     * @param tables the version of the database's tables
     */
    public BackupWriter(OutputStream out, String version, int tables) {
        this.zip = new ZipOutputStream(out);
        this.version = version;
        this.tables = tables;
        // Most of it are zips already.
        zip.setLevel(Deflater.BEST_SPEED);
    }

    /** @param path from the gateway's home, with {@code /} */
    public void add(String path, Path file) throws IOException {
        zip.putNextEntry(new ZipEntry(path));
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(zip);
        }
        zip.closeEntry();
        files.put(path, HexFormat.of().formatHex(digest.digest()));
    }

    /** Writes what makes it whole. Does not close the stream below. */
    public Manifest finish() throws IOException {
        Manifest manifest = new Manifest(version, Instant.now(), tables, files);
        zip.putNextEntry(new ZipEntry(Manifest.NAME));
        zip.write(manifest.text().getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
        zip.finish();
        zip.flush();
        return manifest;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
