package io.margay.worker.internal;

import io.margay.worker.ExitWords;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A worker that a template forked: not the gateway's own child, so that the template tells how it ended. */
final class ForkedProcess extends Process {
    /** The exit code where nobody is left who could tell it. */
    private final long pid;
    /** Absent when it had ended before it could be looked at. */
    private final Optional<ProcessHandle> handle;

    private final InputStream output;
    private final InputStream errors;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    /** @param folder with a named pipe for each of its outputs; the template holds both ends of them until both are opened here */
    ForkedProcess(long pid, Path folder) throws IOException {
        this.pid = pid;
        handle = ProcessHandle.of(pid);
        output = open(folder.resolve("o"));
        try {
            errors = open(folder.resolve("e"));
        } catch (IOException e) {
            output.close();
            throw e;
        }
    }

    /** Does not wait for a writer, where all have died: whoever has the other end too never waits. */
    private static InputStream open(Path pipe) throws IOException {
        try (RandomAccessFile both = new RandomAccessFile(pipe.toFile(), "rw")) {
            return new FileInputStream(pipe.toFile());
        }
    }

    /** It has ended; told by whoever waits for it. */
    void ended(int code) {
        exit.complete(code);
    }

    /** The template is gone. What it forked goes on, and how it ends is not known. */
    void orphaned() {
        if (handle.isPresent()) {
            handle.get().onExit().thenRun(() -> ended(ExitWords.UNKNOWN));
        } else {
            ended(ExitWords.UNKNOWN);
        }
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public OutputStream getOutputStream() {
        return OutputStream.nullOutputStream(); // it reads /dev/null
    }

    @Override
    public InputStream getInputStream() {
        return output;
    }

    @Override
    public InputStream getErrorStream() {
        return errors;
    }

    @Override
    public int waitFor() throws InterruptedException {
        try {
            return exit.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // exit is never completed so
        }
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            exit.get(timeout, unit);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // exit is never completed so
        }
    }

    @Override
    public int exitValue() {
        if (!exit.isDone()) {
            throw new IllegalThreadStateException("process " + pid + " has not ended");
        }
        return exit.join();
    }

    @Override
    public boolean isAlive() {
        return !exit.isDone();
    }

    @Override
    public CompletableFuture<Process> onExit() {
        return exit.thenApply(code -> this);
    }

    @Override
    public void destroy() {
        handle.ifPresent(ProcessHandle::destroy);
    }

    @Override
    public Process destroyForcibly() {
        handle.ifPresent(ProcessHandle::destroyForcibly);
        return this;
    }
}
