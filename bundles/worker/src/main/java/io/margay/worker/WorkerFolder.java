package io.margay.worker;

import io.margay.spi.WorkloadException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folders that hold one worker's socket each. */
public final class WorkerFolder {
    /** What fits into the kernel's {@code sun_path}. */
    public static final int MAX_PATH = 107;

    private static final Logger LOG = LoggerFactory.getLogger(WorkerFolder.class);
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private WorkerFolder() {}

    /** The socket in a worker's folder. */
    public static Path socket(Path folder) {
        return folder.resolve("s");
    }

    public static Path create(Path run, String name) throws WorkloadException {
        Path folder = run.resolve(name);
        int length = socket(folder).toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PATH) {
            throw new WorkloadException("the path of a worker's socket would be " + length + " bytes long, and "
                    + MAX_PATH + " are possible; use a shorter --home: " + folder);
        }
        try {
            return Files.createDirectory(folder, PRIVATE);
        } catch (IOException e) {
            throw new WorkloadException("no folder for the worker's socket: " + e, e);
        }
    }

    /** Removes the socket, and what a JVM kept beside it. */
    public static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (NoSuchFileException e) {
            return; // it is gone, as it should be
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("The socket folder {} stays: {}", folder, e.toString());
        }
    }

    /** What an earlier run of the gateway left: a worker's folder is made before the worker and removed after it. */
    public static List<Path> leftovers(Path run) throws IOException {
        List<Path> left = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(run, "[0-9]*")) {
            folders.forEach(left::add);
        }
        return left;
    }
}
