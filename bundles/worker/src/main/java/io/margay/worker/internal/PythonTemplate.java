package io.margay.worker.internal;

import io.margay.spi.WorkerException;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkloadException;
import io.margay.spi.wire.Errors;
import io.margay.spi.wire.Incoming;
import io.margay.spi.wire.Wire;
import io.margay.worker.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Python process with the SDK loaded that forks a worker each time it is asked, and tells how each ended. They
 * talk in JSON-RPC, as worker and gateway do. Thread-safe.
 */
final class PythonTemplate implements Template {
    private static final Logger LOG = LoggerFactory.getLogger(PythonTemplate.class);
    private static final long READY_SECONDS = 20;
    private static final long FORK_SECONDS = 5;

    /** @param folder with the pipes for its output */
    private record Fork(Path folder, CompletableFuture<Process> child) {}

    private final Process process;
    private final AtomicLong ids = new AtomicLong();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final Map<Long, Fork> asked = new ConcurrentHashMap<>();
    private final Map<Long, ForkedProcess> children = new ConcurrentHashMap<>();
    private volatile boolean retired;

    /** Waits until it can be used. */
    PythonTemplate(Process process) throws IOException {
        this.process = process;
        ProcessTree.endRather(process.pid()); // and so all that it forks
        Thread reader = new Thread(null, this::read, "worker-template", 256 * 1024);
        reader.setDaemon(true);
        try {
            reader.start();
            ready.get(READY_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | OutOfMemoryError e) { // the last: there can be no more threads
            close();
            throw new IOException("the template process of Python did not start", e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new IOException("the start was cancelled", e);
        }
    }

    /**
     * @param folder that of the worker's socket
     * @throws IOException the template is gone, and was not asked, or says itself that it could not
     * @throws WorkloadException it was asked, and what became of that is not known
     */
    Process fork(Command command, Path folder) throws IOException, WorkloadException {
        long id = ids.incrementAndGet();
        Fork fork = new Fork(folder, new CompletableFuture<>());
        asked.put(id, fork);
        try {
            send(Wire.request(
                    id,
                    "fork",
                    Map.of(
                            "folder",
                            command.directory().toString(),
                            "pipes",
                            folder.toString(),
                            "environment",
                            command.environment())));
        } catch (IOException e) {
            asked.remove(id);
            throw e;
        }
        try {
            Process child = fork.child().get(FORK_SECONDS, TimeUnit.SECONDS);
            tellTaken(id);
            return child;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WorkerException refused) {
                throw new IOException("there is no fork: " + refused.getMessage(), e);
            }
            throw lost(e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            close(); // it hangs, so nobody shall wait for it again
            throw lost("it did not fork within " + FORK_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException("the start was cancelled", e);
        } finally {
            asked.remove(id);
            endIfRetired();
        }
    }

    /** There may be a fork that nobody knows of: another worker in its place would have to share the socket with it. */
    private static WorkloadException lost(String why, Exception cause) {
        return new WorkloadException("the process that forks workers of Python failed: " + why, cause);
    }

    private void send(byte[] message) throws IOException {
        OutputStream input = process.getOutputStream();
        synchronized (input) {
            input.write(message);
            input.flush();
        }
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                byte[] message = line.getBytes(StandardCharsets.UTF_8);
                take(Wire.read(message, 0, message.length));
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("The template process of Python can't be understood: {}", e.toString());
        }
        close();
        IOException gone = new IOException("the template process has ended");
        ready.completeExceptionally(gone);
        asked.values().forEach(each -> each.child().completeExceptionally(gone));
        children.values().forEach(ForkedProcess::orphaned);
    }

    private void take(Incoming message) {
        if (message.isAnswer()) {
            Fork fork = asked.get(((Number) message.id()).longValue());
            forked(((Number) message.id()).longValue(), fork, message);
        } else if (message.method().equals("ended")) {
            ForkedProcess child = children.remove(((Number) message.params().get("pid")).longValue());
            if (child != null) {
                child.ended(((Number) message.params().get("code")).intValue());
            }
            endIfRetired();
        } else {
            ready.complete(null);
        }
    }

    private void forked(long id, Fork fork, Incoming message) {
        if (message.error() != null) {
            if (fork != null) {
                fork.child().completeExceptionally(Errors.of(message.error()));
            }
            return;
        }
        long pid =
                ((Number) WorkerParams.asObject(message.result(), "its answer").get("pid")).longValue();
        if (fork == null) { // nobody waits for it any more
            abandon(id, pid);
            return;
        }
        try {
            ForkedProcess child = new ForkedProcess(pid, fork.folder());
            children.put(pid, child);
            fork.child().complete(child);
        } catch (IOException e) {
            abandon(id, pid);
            fork.child().completeExceptionally(e);
        }
    }

    private void abandon(long id, long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        tellTaken(id);
    }

    /** The template need not hold the pipes any more. Where it can't be told it is gone, and they with it. */
    private void tellTaken(long id) {
        try {
            send(Wire.request(null, "taken", Map.of("id", id)));
        } catch (IOException e) {
            LOG.debug("The template process of Python has ended: {}", e.toString());
        }
    }

    /** Its forks would end without a word after it. */
    @Override
    public void retire() {
        retired = true;
        endIfRetired();
    }

    private void endIfRetired() {
        if (retired && children.isEmpty() && asked.isEmpty()) {
            close();
        }
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        Template.end(process);
    }
}
