package io.margay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Processes and a folder that end with us, whatever happens short of {@code kill -9}: also when Ctrl-C comes while one of
 * them is being started. Thread-safe.
 */
final class Children implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final Deque<Process> processes = new ArrayDeque<>();
    private final Thread hook = new Thread(this::end, "margay-children");
    private final Path folder;
    private volatile boolean ended;

    /** @throws IOException no temporary folder can be made */
    @SuppressWarnings("this-escape")
    Children(String name) throws IOException {
        // Before the folder is there: nothing must be made that nobody would take away.
        Runtime.getRuntime().addShutdownHook(hook);
        synchronized (this) {
            folder = Files.createTempDirectory(name);
        }
    }

    Path folder() {
        return folder;
    }

    /** Whether the end has begun; what fails now fails because of that. */
    boolean ended() {
        return ended;
    }

    synchronized Process start(ProcessBuilder builder) throws IOException {
        if (ended) {
            throw new IOException("interrupted");
        }
        Process process = builder.start();
        processes.push(process);
        return process;
    }

    private void end() {
        ended = true;
        synchronized (this) {
            while (!processes.isEmpty()) {
                end(processes.pop());
            }
            try {
                delete();
            } catch (IOException e) {
                System.err.println(folder + " could not be removed: " + e);
            }
        }
    }

    /** The last one started first; its own children too when it does not take them with it. */
    private static void end(Process process) {
        List<ProcessHandle> below = process.descendants().toList();
        process.destroy();
        try {
            process.toHandle().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        below.forEach(ProcessHandle::destroyForcibly);
    }

    private void delete() throws IOException {
        if (folder == null) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted((a, b) -> b.compareTo(a)).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook runs at this moment and finds nothing left to do.
            ended = true;
        }
    }
}
