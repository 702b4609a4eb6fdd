package io.margay.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A backup that was unpacked and checked beside the state, as folder {@code restore} of the home, takes the state's place. What
 * was there before is kept as {@code before-restore}. May be interrupted at any point: the next start goes on.
 */
final class RestoredState {
    private static final String[] FOLDERS = {"data", "conf"};

    private RestoredState() {}

    /**
     * @param home of which this process has the lock
     * @return what happened, in words; empty where there is nothing to restore
     */
    static Optional<String> apply(Path home) throws IOException {
        Path restore = home.resolve("restore");
        if (!Files.isDirectory(restore)) {
            return Optional.empty();
        }
        Path before = home.resolve("before-restore");
        if (Files.isDirectory(restore.resolve("data")) && Files.isDirectory(home.resolve("data"))) {
            HomeFolder.deleteTree(before);
        }
        Files.createDirectories(before);
        for (String name : FOLDERS) {
            Path restored = restore.resolve(name);
            Path former = home.resolve(name);
            if (Files.isDirectory(restored)) {
                if (Files.isDirectory(former)) {
                    Files.move(former, before.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                    sync(before);
                }
                Files.move(restored, former, StandardCopyOption.ATOMIC_MOVE);
                sync(home);
            }
        }
        HomeFolder.deleteTree(restore);
        return Optional.of("the state was restored from a backup; what was there before is kept in " + before);
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
