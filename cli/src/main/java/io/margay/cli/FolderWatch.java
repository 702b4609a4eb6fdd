package io.margay.cli;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Tells when files change. It looks at their times and sizes: whatever way an editor saves in is seen, on shared folders
 * too, where the system's own notice of changes does not come. Files that are saved together count as one change.
 */
final class FolderWatch {
    /** What is made of the sources, or by others, and what only tools look at. */
    private static final Set<String> LEFT_OUT = Set.of("target", "build", "dist", "out", "node_modules", "__pycache__");

    /** As they are packed. */
    private static final Set<FileVisitOption> LINKS_TOO = Set.of(FileVisitOption.FOLLOW_LINKS);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Of the time, at most this part is spent on looking. */
    private static final int SHARE = 20;

    private Map<Path, State> seen = Map.of();

    private record State(Object key, long modified, long size) {}

    /** Takes what is there now as known. */
    void begin(Path folder, List<Path> further) throws IOException {
        seen = look(folder, further);
    }

    /**
     * Waits until something has changed since the last time, and then until nothing more changes.
     *
     * @param folder all in it is looked at, but what is hidden or left out
     * @param further files and folders that are looked at wherever they lie
     * @return {@link System#nanoTime} of when the change was noticed
     */
    long await(Path folder, List<Path> further) throws IOException, InterruptedException {
        long noticed = 0;
        long changed = 0;
        while (true) {
            long start = System.nanoTime();
            Map<Path, State> now = look(folder, further);
            long end = System.nanoTime();
            if (!now.equals(seen)) {
                seen = now;
                changed = end;
                noticed = noticed == 0 ? end : noticed;
            } else if (noticed != 0 && end - changed >= QUIET_NANOS) {
                return noticed;
            }
            TimeUnit.NANOSECONDS.sleep(Math.max(LOOK_NANOS, (end - start) * SHARE));
        }
    }

    private static Map<Path, State> look(Path folder, List<Path> further) throws IOException {
        Map<Path, State> found = new HashMap<>();
        walk(folder, found);
        for (Path path : further) {
            walk(path, found);
        }
        return found;
    }

    private static void walk(Path root, Map<Path, State> found) throws IOException {
        Files.walkFileTree(root, LINKS_TOO, Integer.MAX_VALUE, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
                return !path.equals(root) && isLeftOut(path) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                if (path.equals(root) || !path.getFileName().toString().startsWith(".")) {
                    found.put(
                            path,
                            new State(
                                    attributes.fileKey(),
                                    attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                                    attributes.size()));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) {
                // It went while we looked, is not there yet, or is a link in a circle: what comes back will be seen.
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static boolean isLeftOut(Path folder) {
        String name = folder.getFileName().toString();
        return name.startsWith(".") || LEFT_OUT.contains(name);
    }
}
