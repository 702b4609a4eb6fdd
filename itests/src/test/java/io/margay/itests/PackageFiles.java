package io.margay.itests;

import io.margay.model.Limits;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packages of drivers.
 *
 * @param script with an {@code index.py}
 * @param text no zip
 * @param bundle a zip with a Java bundle
 * @param largest as many bytes as are allowed, with the script
 * @param another as many, others
 * @param tooLarge one byte more
 */
record PackageFiles(
        Path script, Path text, Path bundle, Path largest, Path another, Path tooLarge, Map<Path, String> digests) {
    private static final byte[] SCRIPT =
            "def handler(event, context):\n    return event\n".getBytes(StandardCharsets.UTF_8);
    /** What a zip has for an entry but its name and content, before it and at its end, and for itself. */
    private static final int ENTRY_BYTES = 30 + 46;

    private static final int END_BYTES = 22;

    static PackageFiles make(Path folder) throws Exception {
        Path jar = WorkloadFiles.bundle(folder, "quiet", 0);
        Path bundle = folder.resolve("bundle.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bundle))) {
            zip.putNextEntry(new ZipEntry("quiet.jar"));
            Files.copy(jar, zip);
        }
        PackageFiles files = new PackageFiles(
                WorkloadFiles.zip(
                        folder.resolve("script.zip"), Map.of("index.py", new String(SCRIPT, StandardCharsets.UTF_8))),
                Files.writeString(folder.resolve("text.zip"), "no zip"),
                bundle,
                sized(folder.resolve("largest.zip"), Limits.MAX_PACKAGE_BYTES, 0),
                sized(folder.resolve("another.zip"), Limits.MAX_PACKAGE_BYTES, 1),
                sized(folder.resolve("too-large.zip"), Limits.MAX_PACKAGE_BYTES + 1, 0),
                new HashMap<>());
        for (Path file :
                new Path[] {files.script, files.text, files.bundle, files.largest, files.another, files.tooLarge}) {
            files.digests.put(file, digest(file));
        }
        return files;
    }

    String sha256(Path file) {
        return digests.get(file);
    }

    /** A zip of exactly so many bytes: the script, and an entry that is not compressed, each byte the same. */
    private static Path sized(Path file, long bytes, int content) throws IOException {
        String rest = "rest.bin";
        long size = bytes - 2 * ENTRY_BYTES - END_BYTES - 2L * ("index.py".length() + rest.length()) - SCRIPT.length;
        byte[] buffer = new byte[64 * 1024];
        Arrays.fill(buffer, (byte) content);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            stored(zip, "index.py", SCRIPT, SCRIPT.length);
            stored(zip, rest, buffer, size);
        }
        if (Files.size(file) != bytes) {
            throw new AssertionError(file + " has " + Files.size(file) + " bytes, not " + bytes);
        }
        return file;
    }

    /** @param content again and again, until there are so many bytes */
    private static void stored(ZipOutputStream zip, String name, byte[] content, long bytes) throws IOException {
        CRC32 crc = new CRC32();
        for (long left = bytes; left > 0; left -= content.length) {
            crc.update(content, 0, (int) Math.min(left, content.length));
        }
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        for (long left = bytes; left > 0; left -= content.length) {
            zip.write(content, 0, (int) Math.min(left, content.length));
        }
        zip.closeEntry();
    }

    private static String digest(Path file) throws Exception {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(sha256.digest());
    }
}
