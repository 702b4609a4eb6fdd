package io.margay.store.internal;

import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Artefacts as files in one folder, each under its digest. */
@Component(
        service = {ArtefactStore.class, FileArtefactStore.class},
        configurationPolicy = ConfigurationPolicy.IGNORE)
public final class FileArtefactStore implements ArtefactStore {
    private static final Logger LOG = LoggerFactory.getLogger(FileArtefactStore.class);
    private static final String TEMPORARY = ".tmp";
    /** An upload comes before the deployment that refers to it; so long may lie between the two. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    /** What a file looked like when its digest was last checked. */
    private record Checked(long size, FileTime modified, Object key) {
        static Checked of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Checked(attributes.size(), attributes.lastModifiedTime(), String.valueOf(attributes.fileKey()));
        }
    }

    private final Path folder;
    private final Clock clock;
    private final Map<String, Checked> checked = new ConcurrentHashMap<>();
    private final Map<String, Instant> used = new ConcurrentHashMap<>();
    private final AtomicInteger holds = new AtomicInteger();

    @Activate
    public FileArtefactStore(BundleContext context) throws IOException {
        this(Homes.data(context).resolve("artefacts"), Clock.systemUTC());
    }

    FileArtefactStore(Path folder, Clock clock) throws IOException {
        this.folder = Durable.folder(folder);
        this.clock = clock;
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, "*" + TEMPORARY)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
                LOG.info("Removed {}, which an interrupted upload had left", leftover);
            }
        }
    }

    @Override
    public String put(InputStream content, long maxBytes) throws IOException {
        Path temporary = folder.resolve(UUID.randomUUID() + TEMPORARY);
        try {
            MessageDigest digest = Digests.sha256();
            try (FileChannel channel = Durable.create(temporary)) {
                copy(content, maxBytes, channel, digest);
                channel.force(true);
            }
            String sha256 = Digests.hex(digest);
            Path file = folder.resolve(sha256);
            used.put(sha256, clock.instant());
            // Over an existing file too: it may have been damaged since, and the new copy is known to be good.
            Durable.rename(temporary, file);
            checked.put(sha256, Checked.of(file));
            return sha256;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void copy(InputStream content, long maxBytes, FileChannel channel, MessageDigest digest)
            throws IOException {
        byte[] buffer = new byte[64 * 1024];
        long total = 0;
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            total += n;
            if (total > maxBytes) {
                throw new TooLargeException(
                        String.format(Locale.ROOT, "the file is longer than the %d bytes that are allowed", maxBytes));
            }
            digest.update(buffer, 0, n);
            ByteBuffer part = ByteBuffer.wrap(buffer, 0, n);
            while (part.hasRemaining()) {
                channel.write(part);
            }
        }
    }

    @Override
    public boolean contains(String sha256) {
        boolean there = Digests.isSha256(sha256) && Files.isRegularFile(folder.resolve(sha256));
        if (there) {
            used.put(sha256, clock.instant());
        }
        return there;
    }

    @Override
    public Optional<Path> find(String sha256) throws IOException {
        if (!contains(sha256)) {
            return Optional.empty();
        }
        Path file = folder.resolve(sha256);
        try {
            Checked now = Checked.of(file);
            if (!now.equals(checked.get(sha256))) {
                verify(file, sha256);
                checked.put(sha256, now);
            }
            return Optional.of(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static void verify(Path file, String sha256) throws IOException {
        MessageDigest digest = Digests.sha256();
        try (DigestOutputStream out = new DigestOutputStream(java.io.OutputStream.nullOutputStream(), digest)) {
            Files.copy(file, out);
        }
        String actual = Digests.hex(digest);
        if (!actual.equals(sha256)) {
            throw new IOException("artefact " + file + " is damaged: its SHA-256 is " + actual + "; upload it again");
        }
    }

    @Override
    public void retain(Set<String> sha256s) throws IOException {
        if (holds.get() > 0) {
            return; // they go after the next deployment
        }
        Instant limit = clock.instant().minus(GRACE);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, file -> {
            String name = file.getFileName().toString();
            return Digests.isSha256(name)
                    && !sha256s.contains(name)
                    && lastUsed(name, file).isBefore(limit);
        })) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                Files.deleteIfExists(file);
                checked.remove(name);
                used.remove(name);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        Durable.sync(folder);
    }

    /** From now on, and until it is closed, no artefact is removed. */
    Hold hold() {
        holds.incrementAndGet();
        return new Hold();
    }

    /** Keeps all artefacts. */
    final class Hold implements AutoCloseable {
        private Hold() {}

        /** The digests of all that there are. */
        List<String> all() throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(file -> file.getFileName().toString())
                        .filter(Digests::isSha256)
                        .sorted()
                        .toList();
            }
        }

        @Override
        public void close() {
            holds.decrementAndGet();
        }
    }

    private Instant lastUsed(String sha256, Path file) throws IOException {
        Instant known = used.get(sha256);
        return known != null ? known : Files.getLastModifiedTime(file).toInstant();
    }
}
