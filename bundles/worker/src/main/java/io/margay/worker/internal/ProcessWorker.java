package io.margay.worker.internal;

import io.margay.model.Language;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import io.margay.spi.wire.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One worker process with its connection and its output. */
final class ProcessWorker implements Worker, Dialogue.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessWorker.class);
    /** How long a killed process may take to be gone; longer means that it hangs in the kernel. */
    private static final long GONE_SECONDS = 10;

    private static final int JVM_OUT_OF_MEMORY = 3;
    private static final String HEAP_IS_FULL = "Terminating due to java.lang.OutOfMemoryError";

    /**
     * Why the gateway ended it.
     *
     * @param expected whether that is no failure of its own
     */
    private record Killed(boolean expected, String how) {}

    private final WorkerSpec spec;
    private final Path folder;
    private final Dialogue dialogue;
    private final Connection connection;
    private final CompletableFuture<WorkerExit> exit = new CompletableFuture<>();
    private final AtomicReference<Killed> killed = new AtomicReference<>();
    private volatile boolean stopping;
    private Process process;
    private WorkerMemory memory;
    private OutputLog output;
    private OutputLog errors;

    /** Listens for the worker in {@code folder}, which is this worker's own. */
    ProcessWorker(WorkerSpec spec, WorkerListener listener, Path folder) throws IOException {
        this.spec = spec;
        this.folder = folder;
        dialogue = new Dialogue(name(), spec.workload(), listener, socket(), this);
        connection = dialogue.connection();
    }

    String name() {
        return spec.workload() + "#" + spec.generation() + "." + spec.instance();
    }

    Path socket() {
        return folder.resolve("s");
    }

    MemoryLimit limit() {
        return new MemoryLimit(spec.memoryMegabytes());
    }

    /**
     * Takes its process, to which it listens from now on, and whose end completes {@link #exit()}.
     *
     * @param group keeps its memory limit; empty where the watch does so alone
     */
    void launch(Process started, Optional<MemoryGroup> group, MemoryWatch watch, Records records, Executor executor) {
        process = started;
        memory = new WorkerMemory(process, socket(), limit(), watch, group, this::tookTooMuch);
        memory.begin();
        connection.start(); // not before: who connects may lead to the process being killed
        output = new OutputLog(name() + "-out", spec.workload(), Level.INFO, process.getInputStream());
        errors = new OutputLog(name() + "-err", spec.workload(), Level.WARN, process.getErrorStream());
        try {
            records.add(process.pid(), socket());
        } catch (IOException e) {
            // A full disk must not keep back what a failed deployment is to put back; it would be found without it too.
            LOG.warn("The record of worker {} can't be written: {}", name(), e.toString());
        }
        var unused = process.onExit().thenRunAsync(() -> ended(records), executor);
    }

    /** Lets go of a worker that has no process. */
    void discard() {
        connection.close();
        WorkerFolder.remove(folder);
    }

    /** Waits for the worker and initializes it; where that fails it is gone. */
    void initialize() throws WorkloadException {
        long until = System.nanoTime() + spec.startTimeout().toNanos();
        try {
            dialogue.hello().get(spec.startTimeout().toNanos(), TimeUnit.NANOSECONDS);
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("kind", spec.workload().kind().word());
            params.put("name", spec.workload().name());
            params.put("generation", spec.generation());
            params.put("handler", spec.handler());
            params.put("environment", spec.environment());
            params.putAll(spec.configuration());
            request("initialize", params).get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw notStarted("it did not answer within " + spec.startTimeout().toMillis() + " ms", 0);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WorkerException answer && !answer.lost()) {
                // It says itself what is wrong; what it printed besides is in its log.
                end(2);
                throw new WorkloadException(words(answer), e);
            }
            throw notStarted("it ended before it was ready", GONE_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notStarted("the start was cancelled", 0);
        } catch (IllegalArgumentException e) {
            throw notStarted("its configuration can't be sent: " + e.getMessage(), 0);
        }
    }

    private static String words(WorkerException e) {
        return e.errorType().isEmpty() || e.errorType().equals("Refused")
                ? e.getMessage()
                : e.errorType() + ": " + e.getMessage();
    }

    /** Ends the worker, if need be, and says why it did not start. */
    private WorkloadException notStarted(String why, long waitSeconds) {
        return new WorkloadException(why + " (" + end(waitSeconds) + ")");
    }

    /** Gives the worker time to end by itself. @return how it ended */
    private String end(long waitSeconds) {
        try {
            exit.get(waitSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            kill("it did not start");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill("the start was cancelled");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // exit is never completed so
        }
        return awaitGone() ? exit.join().reason() : "its process " + processId() + " can't be ended";
    }

    @Override
    public long processId() {
        return process.pid();
    }

    @Override
    public CompletableFuture<Object> request(String method, Map<String, ?> params) {
        return connection.request(method, params);
    }

    @Override
    public CompletableFuture<WorkerExit> exit() {
        return exit.copy();
    }

    @Override
    public void stop(Duration grace) {
        stopping = true;
        if (connection.send(Wire.request(null, "shutdown", Map.of())) == Outgoing.Fate.CLOSED) {
            process.destroy(); // it can't be asked otherwise
        }
        try {
            exit.get(grace.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            kill("it did not end within " + grace.toMillis() + " ms when it was stopped");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill("its orderly stop was cancelled");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // exit is never completed so
        }
        if (!awaitGone()) {
            WorkloadLog.of(spec.workload()).error("Process {} can't be ended; it hangs in the kernel", processId());
        }
    }

    @Override
    public void kill(String reason) {
        killed.compareAndSet(null, new Killed(true, "ended by the gateway: " + reason));
        ProcessTree.endDescendants(processId());
        process.destroyForcibly();
    }

    private void tookTooMuch(String how) {
        killed.compareAndSet(null, new Killed(false, how));
    }

    /** Waits for a killed process, whatever interrupts. @return whether it is gone */
    private boolean awaitGone() {
        boolean interrupted = false;
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(GONE_SECONDS);
        try {
            while (true) {
                try {
                    exit.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    return false;
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e); // exit is never completed so
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Cleans up after the process. */
    private void ended(Records records) {
        memory.finish().ifPresent(this::tookTooMuch);
        String how = how();
        // Now: a kill from here on comes too late to be the reason.
        Killed by = killed.get();
        boolean expected = stopping || (by != null && by.expected());
        connection.finish(how);
        try {
            boolean found = ProcessTree.end(processId(), socket().toString());
            boolean grouped = memory.end();
            if (!found || !grouped) {
                WorkloadLog.of(spec.workload())
                        .warn("Not all children of the ended process {} could be ended", processId());
            }
            output.join(1000);
            errors.join(1000);
            connection.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            records.remove(processId());
            WorkerFolder.remove(folder);
            List<String> last = errors.lastLines();
            WorkerExit ending = new WorkerExit(
                    expected,
                    last.isEmpty() || (expected && process.exitValue() == 0) || (by != null && !by.expected())
                            ? how
                            : how + "; last words: " + String.join(" | ", last));
            dialogue.hello().completeExceptionally(new WorkerException(true, "InstanceLost", how));
            exit.complete(ending);
        }
    }

    private String how() {
        int code = process.exitValue();
        Killed by = killed.get();
        if (by != null) {
            return by.how();
        }
        if (spec.language() == Language.JAVA && code == JVM_OUT_OF_MEMORY && saidThatItsHeapIsFull()) {
            return limit().heapFull();
        }
        return stopping && code == 0 ? "stopped" : ExitWords.of(code);
    }

    /** An exit code of 3 may be the author's own. */
    private boolean saidThatItsHeapIsFull() {
        try {
            output.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return output.lastLines().stream().anyMatch(line -> line.startsWith(HEAP_IS_FULL));
    }

    @Override
    public boolean hasEnded() {
        try {
            // As a rule why the connection ended is known in a moment.
            return process.waitFor(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
