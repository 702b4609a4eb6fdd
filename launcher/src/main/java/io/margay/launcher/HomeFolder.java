package io.margay.launcher;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/** The folder with all of a gateway's state, held by one gateway at a time. */
final class HomeFolder implements AutoCloseable {
    private final Path path;
    private final RandomAccessFile file;
    private final FileLock lock;
    private final Optional<String> restored;
    private Path temporarySockets;
    private Thread cleaning;

    private HomeFolder(Path path, RandomAccessFile file, FileLock lock, Optional<String> restored) {
        this.restored = restored;
        this.path = path;
        this.file = file;
        this.lock = lock;
    }

    /**
     * Makes the folder where it is not there and takes hold of it until {@link #close} or the end of the process.
     *
     * @throws LaunchException another process holds it, or it can't be written
     */
    static HomeFolder open(Path path) throws LaunchException {
        RandomAccessFile file = null;
        try {
            makePrivate(path);
            makePrivate(path.resolve("run"));
            file = new RandomAccessFile(path.resolve("run/lock").toFile(), "rw");
            FileLock lock = file.getChannel().tryLock();
            if (lock == null) {
                String holder = file.readLine();
                file.close();
                throw new LaunchException(
                        LaunchException.IN_USE,
                        "a gateway already runs on " + path
                                + (holder == null || holder.isBlank() ? "" : " (process " + holder.strip() + ")")
                                + "; stop it first, or choose another folder with --home");
            }
            file.setLength(0);
            file.write((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
            HomeFolder home = new HomeFolder(path, file, lock, RestoredState.apply(path));
            for (String name : new String[] {"conf", "data", "cache", "cache/cds", "log"}) {
                makePrivate(path.resolve(name));
            }
            home.clean();
            return home;
        } catch (IOException e) {
            closeQuietly(file, e);
            throw new LaunchException(
                    LaunchException.FAILED,
                    path + " can't be used as home: " + e + "; choose a folder that may be written with --home",
                    e);
        }
    }

    private static void closeQuietly(RandomAccessFile file, IOException why) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                why.addSuppressed(e);
            }
        }
    }

    private static void makePrivate(Path folder) throws IOException {
        if (!folder.toFile().isDirectory()) {
            try {
                Files.createDirectories(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                throw new IOException(folder + " is there but is no folder", e);
            }
        }
    }

    /**
     * Removes what a gateway that was killed left behind; bundle cache and compiled Python are made anew at each start. The
     * start does not wait for their hundreds of files to be gone.
     */
    private void clean() throws IOException {
        Files.deleteIfExists(path.resolve("run/gateway.json"));
        Files.deleteIfExists(path.resolve("run/cli.token"));
        Path former = path.resolve("cache/former");
        deleteTree(former); // only where the last start was cut short
        makePrivate(former);
        for (Path old : new Path[] {bundleCache(), path.resolve("cache/python")}) {
            if (old.toFile().exists()) {
                move(old, former.resolve(old.getFileName()));
            }
        }
        cleaning = new Thread(() -> deleteFormer(former), "margay-clean");
        cleaning.setDaemon(true);
        cleaning.start();
    }

    private static void deleteFormer(Path former) {
        try {
            deleteTree(former);
        } catch (IOException e) {
            LoggerFactory.getLogger(HomeFolder.class)
                    .warn("{} can't be removed; the next start tries again: {}", former, e.toString());
        }
    }

    /** What was restored when it was opened, in words. */
    Optional<String> restored() {
        return restored;
    }

    Path path() {
        return path;
    }

    Path bundleCache() {
        return path.resolve("cache/bundles");
    }

    /** The folder for the workers' sockets, short enough for the path of a socket in it. Asked for once. */
    Path socketFolder() throws IOException {
        Path folder = path.resolve("run/w");
        if (SocketFolder.isShort(folder)) {
            return folder;
        }
        temporarySockets = SocketFolder.of(Path.of("/tmp"), path);
        return temporarySockets;
    }

    @Override
    public void close() throws IOException {
        try {
            cleaning.join(); // nothing is removed from a home that is another gateway's
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (temporarySockets != null) {
            deleteTree(temporarySockets);
        }
        lock.release();
        file.close();
    }

    /** Replaces a file at once; falls back to a plain move where the file system knows no other. */
    static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Removes a folder and what is in it; follows no links. */
    static void deleteTree(Path folder) throws IOException {
        File asFile = folder.toFile();
        if (!asFile.exists()) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException problem) throws IOException {
                if (problem != null && !(problem instanceof NoSuchFileException)) {
                    throw problem;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
