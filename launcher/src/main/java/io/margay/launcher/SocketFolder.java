package io.margay.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.slf4j.LoggerFactory;

/**
 * Where the sockets of workers are: in the home, or below {@code /tmp} where the home's path leaves no room for one. There it has
 * the same name at each start, so that the gateway finds again what it left when it was killed.
 */
final class SocketFolder {
    /** How long the path of a worker's socket may be: that of the folder, then {@code /cNNNNNNNN/s}. */
    private static final int LONGEST_SOCKET_PATH = 107;

    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> AS_PRIVATE = PosixFilePermissions.asFileAttribute(PRIVATE);
    private static final String NAME = "margay-";

    private SocketFolder() {}

    /** Whether sockets find room in a folder. */
    static boolean isShort(Path folder) {
        return folder.toString().getBytes(StandardCharsets.UTF_8).length + "/c12345678/s".length()
                <= LONGEST_SOCKET_PATH;
    }

    /**
     * The home's folder below one that everybody can write to. Anybody can have made it before: where it is not this user's own,
     * and closed to all others, it is left alone, and another one with a name by chance takes its place.
     *
     * @param below {@code /tmp}
     * @param home which this gateway holds
     */
    static Path of(Path below, Path home) throws IOException {
        UserPrincipal own = ownUser(home);
        Path folder = below.resolve(NAME + digest(own.getName() + " " + home.toRealPath()));
        try {
            return Files.createDirectory(folder, AS_PRIVATE);
        } catch (FileAlreadyExistsException e) {
            Optional<String> fault = fault(folder, own);
            if (fault.isEmpty()) {
                return folder;
            }
            Path other = Files.createTempDirectory(below, NAME, AS_PRIVATE);
            LoggerFactory.getLogger(SocketFolder.class)
                    .warn(
                            "{} {}. Sockets of workers are in {} until the gateway ends; were it killed, its containers could not"
                                    + " be taken back. Remove the folder, or choose a --home with a shorter path",
                            folder,
                            fault.get(),
                            other);
            return other;
        }
    }

    /** Why it can't be trusted; empty where it can. */
    private static Optional<String> fault(Path folder, UserPrincipal own) throws IOException {
        PosixFileAttributes found = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isDirectory()) {
            return Optional.of("is a link or a file rather than a folder");
        }
        if (!found.owner().equals(own)) {
            return Optional.of("belongs to " + found.owner().getName());
        }
        return found.permissions().equals(PRIVATE)
                ? Optional.empty()
                : Optional.of("is open to others (" + PosixFilePermissions.toString(found.permissions()) + ")");
    }

    /** Who owns what this process makes; a home that was there may be someone else's. */
    private static UserPrincipal ownUser(Path home) throws IOException {
        Path made = Files.createTempFile(home.resolve("run"), "own", "");
        try {
            return Files.getOwner(made);
        } finally {
            Files.delete(made);
        }
    }

    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
