package io.margay.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Stream;

/** A folder for as long as we live: a lock in it, which ends with the process, tells whose owner was killed. */
final class OwnedFolder implements AutoCloseable {
    private static final String OWNER = "owner";
    /** What a gateway in the folder holds while it ends. */
    private static final String GATEWAY = "home/run/lock";

    private static final long PATIENCE_NANOS = 25_000_000_000L;
    private static final long POLL_MILLIS = 40;

    private final Path path;
    private final FileChannel lock;

    private OwnedFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Makes one, after those of the same beginning were removed whose owners were killed. */
    static OwnedFolder make(Path parent, String name) throws IOException {
        Path made = Files.createTempDirectory(parent, "." + name);
        FileChannel lock =
                FileChannel.open(made.resolve(OWNER), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        // Locked before it has the name by which others look for it.
        Path path = made.resolveSibling(made.getFileName().toString().substring(1));
        OwnedFolder folder = new OwnedFolder(Files.move(made, path), lock);
        folder.removeAbandoned(name);
        return folder;
    }

    Path path() {
        return path;
    }

    private void removeAbandoned(String name) throws IOException {
        UserPrincipal we = Files.getOwner(path);
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(path.getParent(), name + "*")) {
            for (Path other : folders) {
                if (!other.equals(path)
                        && Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(other, LinkOption.NOFOLLOW_LINKS).equals(we)) {
                    removeIfAbandoned(other);
                }
            }
        }
    }

    private static void removeIfAbandoned(Path folder) throws IOException {
        try (FileChannel owner = FileChannel.open(folder.resolve(OWNER), StandardOpenOption.WRITE);
                FileLock held = owner.tryLock()) {
            if (held != null) {
                awaitGateway(folder.resolve(GATEWAY));
                delete(folder);
            }
        } catch (NoSuchFileException | AccessDeniedException e) {
            // No folder of ours, or another one is removing it at this moment.
            return;
        }
    }

    /** Its gateway ends by itself, but needs a moment. */
    private static void awaitGateway(Path file) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (Files.exists(file) && System.nanoTime() - deadline < 0) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                    FileLock free = channel.tryLock()) {
                if (free != null) {
                    return;
                }
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Its owner's file last: without it, nobody would remove what is left of a folder. */
    private static void delete(Path folder) throws IOException {
        Path owner = folder.resolve(OWNER);
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted((a, b) -> b.compareTo(a))
                    .filter(path -> !path.equals(owner) && !path.equals(folder))
                    .toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
        Files.deleteIfExists(owner);
        Files.deleteIfExists(folder);
    }

    @Override
    public void close() throws IOException {
        try {
            delete(path);
        } finally {
            lock.close();
        }
    }
}
