package io.margay.container.internal;

import io.margay.worker.Settings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of the SDK in Python with its modules compiled, once for all containers: in each of them it can only be read, and so
 * each start would compile it again, which takes as long as all the rest of Python's start.
 */
final class CompiledSdk {
    private static final Logger LOG = LoggerFactory.getLogger(CompiledSdk.class);
    private static final long COMPILE_SECONDS = 60;

    private final Path sdk;
    private final Path interpreter;
    private final Path copies;
    private Path folder; // under this

    /**
     * @param sdk the folder with one SDK a language, see {@link Settings#sdk}
     * @param interpreter of the host; null where there is none, then nothing is compiled
     * @param copies where the copy is made, and nothing else is
     */
    CompiledSdk(Path sdk, Path interpreter, Path copies) {
        this.sdk = sdk;
        this.interpreter = interpreter;
        this.copies = copies;
    }

    /** What takes the place of the SDKs' folder; where no copy can be made, that itself. */
    synchronized Path folder() {
        if (folder == null) {
            folder = interpreter == null ? sdk : made();
        }
        return folder;
    }

    private Path made() {
        try {
            // By its content: containers of before this run have the same one, or another and go.
            Path copy = copies.resolve(digest());
            if (!Files.isDirectory(copy)) {
                remove(copies);
                Path next = copies.resolve("new");
                copy(sdk.resolve("python/margay"), Files.createDirectories(next.resolve("python/margay")));
                compile(next);
                open(next);
                Files.move(next, copy, StandardCopyOption.ATOMIC_MOVE);
            }
            return copy;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("The SDK in Python can't be compiled, so each container does it when it starts: {}", e.toString());
        }
        return sdk;
    }

    private String digest() throws IOException {
        StringBuilder all = new StringBuilder(interpreter.toRealPath().toString());
        for (Path file : modules(sdk.resolve("python/margay"))) {
            all.append('|')
                    .append(file.getFileName())
                    .append(Files.getLastModifiedTime(file).toMillis())
                    .append(',')
                    .append(Files.readString(file));
        }
        return Digests.of(all.toString()).substring(0, 12);
    }

    private static List<Path> modules(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** With the times of the files, by which Python tells whether what it has compiled is of them. */
    private static void copy(Path from, Path to) throws IOException {
        for (Path file : modules(from)) {
            Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private void compile(Path copy) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(interpreter.toString(), "-m", "compileall", "-q", ".")
                .directory(copy.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().clear();
        Process process = builder.start();
        try {
            if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(interpreter + " does not compile it");
            }
        } finally {
            process.destroyForcibly();
        }
    }

    /** For whichever user a container has. */
    private static void open(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.toList()) {
                String mode = Files.isDirectory(each) ? "rwxr-xr-x" : "rw-r--r--";
                Files.setPosixFilePermissions(each, PosixFilePermissions.fromString(mode));
            }
        }
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(each);
            }
        }
    }
}
