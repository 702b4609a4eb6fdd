package io.margay.itests;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A gateway's home folder, seen from outside. The only place that knows which files hold what. */
final class Homes {
    /** Below {@code data}: mapped into memory, made anew at each start, and so no state. */
    static final Predicate<String> SHARED_MEMORY = path -> path.endsWith("-shm");

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** The copy of the state is a second behind. */
    private static final Duration QUIET = Duration.ofMillis(1_500);

    private Homes() {}

    /** All files below a folder, in the order of their names. */
    static List<Path> files(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                files.add(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException problem) {
                return FileVisitResult.CONTINUE; // it has gone meanwhile
            }
        });
        Collections.sort(files);
        return files;
    }

    static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Path target = to.resolve(from.relativize(folder).toString());
                if (!Files.isDirectory(target)) {
                    Files.copy(folder, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static void delete(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.sorted(Comparator.reverseOrder()).forEach(all::add);
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    /** Waits until a gateway that nobody asks for anything has written all that it writes a little later. */
    static void awaitQuiet(Path home) throws Exception {
        long[] since = {System.nanoTime()};
        String[] last = {""};
        Await.until(home + " is quiet", PATIENCE, () -> {
            String now = stamps(home.resolve("data"));
            if (!now.equals(last[0])) {
                last[0] = now;
                since[0] = System.nanoTime();
            }
            return System.nanoTime() - since[0] > QUIET.toNanos();
        });
    }

    /** Sizes and times of all files, some of which may be going. */
    private static String stamps(Path folder) throws IOException {
        StringBuilder stamps = new StringBuilder();
        for (Path file : files(folder)) {
            File asFile = file.toFile();
            stamps.append(file).append(asFile.length()).append(' ').append(asFile.lastModified());
        }
        return stamps.toString();
    }

    /** A stopped gateway's home, ready to be copied: without what the next start writes anew. */
    static void tidy(Path home) throws IOException {
        for (Path file : files(home.resolve("log"))) {
            Files.delete(file);
        }
        Path bundles = home.resolve("cache/bundles");
        if (Files.isDirectory(bundles)) {
            delete(bundles);
        }
    }
}
