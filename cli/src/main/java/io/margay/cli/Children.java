package io.margay.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Processes and a folder that end with us, also when Ctrl-C comes while one of them is being started. After a
 * {@code kill -9} the processes must end by themselves, as their standard input does; the folder is then removed by the
 * next of these with the same name. Thread-safe.
 */
final class Children implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    private final Deque<Process> processes = new ArrayDeque<>();
    private final Thread hook = new Thread(this::end, "margay-children");
    private final OwnedFolder folder;
    private final Runnable last;
    private volatile boolean ended;

    /**
     * @param parent where the folder is made
     * @param name with which the folder's name begins
     * @param last what is done once, when all has ended
     * @throws IOException no folder can be made there
     */
    @SuppressWarnings("this-escape")
    Children(Path parent, String name, Runnable last) throws IOException {
        this.last = last;
        // Before the folder is there: nothing must be made that nobody would take away.
        Runtime.getRuntime().addShutdownHook(hook);
        synchronized (this) {
            folder = OwnedFolder.make(parent, name);
        }
    }

    Path folder() {
        return folder.path();
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
        boolean first;
        synchronized (this) {
            first = !ended;
            ended = true;
            while (!processes.isEmpty()) {
                end(processes.pop());
            }
            try {
                if (first && folder != null) {
                    folder.close();
                }
            } catch (IOException e) {
                System.err.println(folder.path() + " could not be removed: " + e);
            }
        }
        if (first) {
            last.run();
        }
    }

    /** The last one started first; its own children too when it does not take them with it. */
    private static void end(Process process) {
        List<ProcessHandle> below = process.descendants().toList();
        process.destroy();
        try {
            process.toHandle().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Waited for too, as it writes into the folder until then.
            process.destroyForcibly().onExit().join();
        } catch (InterruptedException e) {
            process.destroyForcibly().onExit().join();
            Thread.currentThread().interrupt();
        }
        below.forEach(ProcessHandle::destroyForcibly);
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
