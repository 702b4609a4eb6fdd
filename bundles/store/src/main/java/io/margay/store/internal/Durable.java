package io.margay.store.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files that survive a power cut: written beside, forced to disk, renamed, and the folder forced too. */
public final class Durable {
    private static final Set<String> POSIX = Set.of("posix");

    private Durable() {}

    /** Makes a folder that only the owner can read: what lies in it may hold passwords of devices. */
    public static Path folder(Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        if (!Files.isDirectory(folder)) {
            if (Files.exists(folder)) {
                throw new IOException(folder + " is there but is no folder; move it away");
            }
            Files.createDirectory(folder, ownerOnly(folder, "rwx------"));
            sync(folder.getParent());
        }
        return folder;
    }

    /** Opens a file that must not exist yet and that only the owner can read. */
    public static FileChannel create(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                ownerOnly(file.getParent(), "rw-------"));
    }

    /** Replaces a file as a whole or not at all. */
    public static void replace(Path file, Path temporary, ByteBuffer... content) throws IOException {
        Files.deleteIfExists(temporary);
        try (FileChannel channel = create(temporary)) {
            for (ByteBuffer part : content) {
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
            channel.force(true);
        }
        rename(temporary, file);
    }

    /** Renames a file that is on disk already, and returns when the new name is on disk too. */
    public static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(to.getParent());
    }

    /** Forces a folder's entries to disk. */
    public static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path where, String permissions) {
        Path existing = Files.exists(where) ? where : where.getParent();
        boolean posix = existing.getFileSystem().supportedFileAttributeViews().containsAll(POSIX);
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
