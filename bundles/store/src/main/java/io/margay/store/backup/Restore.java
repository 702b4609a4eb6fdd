package io.margay.store.backup;

import io.margay.store.internal.Durable;
import io.margay.store.internal.Migrations;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/**
 * Puts a backup in the place of a gateway's state. It is unpacked and checked beside it, as folder {@code restore} of the home,
 * and takes its place when the gateway starts the next time, so it may be done while the gateway runs.
 */
public final class Restore {
    /** The folder whose content takes the place of the home's at the next start. It is there as a whole or not at all. */
    public static final String FOLDER = "restore";

    private static final String UNFINISHED = "restoring-";
    private static final Pattern PATH = Pattern.compile(
            "data/artefacts/[0-9a-f]{64}|data/(?!\\.{1,2}$)[^/\\p{Cntrl}]+|conf(/(?!\\.{1,2}(/|$))[^/\\p{Cntrl}]+){1,20}");

    private Restore() {}

    /**
     * Unpacks a backup, checks every file of it, and keeps it for the next start, in the place of one that waits already.
     *
     * @param home the gateway's home
     * @throws BackupException it is no backup, is damaged or cut short; nothing has changed
     * @throws IOException there is no room, or it can't be read; nothing has changed
     */
    public static Manifest stage(InputStream backup, Path home) throws IOException {
        cleanUp(home);
        Path unfinished = Durable.folder(home.resolve(UNFINISHED + UUID.randomUUID()));
        try {
            Manifest manifest = unpack(backup, unfinished);
            cancel(home);
            Durable.rename(unfinished, home.resolve(FOLDER));
            return manifest;
        } catch (ZipException | EOFException | IllegalArgumentException e) {
            // The last is what a name that is no UTF-8 comes to.
            throw new BackupException("the backup is damaged, or is no backup: " + e.getMessage(), e);
        } finally {
            delete(unfinished);
        }
    }

    private static Manifest unpack(InputStream backup, Path folder) throws IOException {
        Map<String, String> found = new TreeMap<>();
        // Without settings too: those that are there now are not those of the backup.
        Durable.folder(folder.resolve("data"));
        Durable.folder(folder.resolve("conf"));
        try (ZipInputStream zip = new ZipInputStream(backup)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String path = entry.getName();
                if (path.equals(Manifest.NAME)) {
                    byte[] text = zip.readNBytes(16 << 20);
                    Manifest manifest = Manifest.parse(new String(text, StandardCharsets.UTF_8));
                    check(manifest, found);
                    Durable.replace(folder.resolve(path), folder.resolve(path + "~"), ByteBuffer.wrap(text));
                    return manifest;
                }
                if (!PATH.matcher(path).matches()) {
                    throw new BackupException("this is no backup of a gateway: it holds '" + path + "'");
                }
                if (found.put(path, write(zip, folder.resolve(path))) != null) {
                    throw new BackupException("the backup holds " + path + " twice");
                }
            }
        }
        throw new BackupException(
                found.isEmpty()
                        ? "this is no backup: it is no zip"
                        : "the backup is cut short: its last entry, " + Manifest.NAME + ", is missing");
    }

    private static String write(ZipInputStream zip, Path file) throws IOException {
        MessageDigest digest = BackupWriter.sha256();
        Durable.folder(file.getParent());
        try (FileChannel channel = Durable.create(file);
                InputStream entry = new DigestInputStream(new Open(zip), digest)) {
            entry.transferTo(Channels.newOutputStream(channel));
            channel.force(true);
        }
        Durable.sync(file.getParent());
        return HexFormat.of().formatHex(digest.digest());
    }

    /** An entry of a zip; the zip stays open. */
    private static final class Open extends FilterInputStream {
        Open(InputStream in) {
            super(in);
        }

        @Override
        public void close() {
            // The next entry is to be read.
        }
    }

    private static void check(Manifest manifest, Map<String, String> found) throws IOException {
        if (manifest.tables() > Migrations.NEWEST) {
            throw new BackupException(
                    "the backup was made by Margay " + manifest.version() + ", which is later than this one");
        }
        if (!found.equals(manifest.files()) || !found.containsKey("data/state.db")) {
            throw new BackupException(
                    "the backup is damaged: its files are not those that " + Manifest.NAME + " names");
        }
        for (Map.Entry<String, String> file : found.entrySet()) {
            if (file.getKey().startsWith("data/artefacts/") && !file.getKey().endsWith(file.getValue())) {
                throw new BackupException(
                        "the backup is damaged: " + file.getKey() + " has the SHA-256 " + file.getValue());
            }
        }
    }

    /** The backup that waits for the next start. */
    public static Optional<Manifest> waiting(Path home) throws IOException {
        try {
            return Optional.of(
                    Manifest.parse(Files.readString(home.resolve(FOLDER).resolve(Manifest.NAME))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Removes the backup that waits for the next start. */
    public static void cancel(Path home) throws IOException {
        Path folder = home.resolve(FOLDER);
        if (Files.exists(folder)) {
            // Under another name first, as half of it must never take the place of the state.
            Path away = home.resolve(UNFINISHED + UUID.randomUUID());
            Durable.rename(folder, away);
            delete(away);
        }
    }

    /** What was interrupted. */
    private static void cleanUp(Path home) throws IOException {
        try (Stream<Path> entries = Files.list(home)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                if (entry.getFileName().toString().startsWith(UNFINISHED)) {
                    delete(entry);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                    Files.delete(file);
                }
            }
        }
    }
}
