package io.margay.worker;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A worker that speaks the worker protocol over a socket in a folder of its own, whatever it runs in. Whoever extends it
 * starts that, calls {@link #listen}, {@link #initialize}, and {@link #ended} once it has ended. Thread-safe.
 */
public abstract class SocketWorker implements Worker {
    /** How long what was killed may take to be gone; longer means that it hangs in the kernel. */
    private static final long GONE_SECONDS = 10;

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
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean stopping;

    /**
     * Makes the socket; nobody listens yet.
     *
     * @param folder this worker's own; removed when it has ended
     * @throws IOException there can be no socket
     */
    protected SocketWorker(WorkerSpec spec, WorkerListener listener, Path folder) throws IOException {
        this.spec = spec;
        this.folder = folder;
        dialogue = new Dialogue(name(), spec.workload(), listener, socket(), new Dialogue.Owner() {
            @Override
            public boolean hasEnded() {
                return SocketWorker.this.hasEnded();
            }

            @Override
            public void kill(String reason) {
                SocketWorker.this.kill(reason);
            }
        });
        connection = dialogue.connection();
    }

    /** Ends at once what it runs in, with all that it started; {@link #ended} is called later. */
    protected abstract void destroy();

    /** Asks what it runs in to end, where it can't be asked through its connection. */
    protected abstract void terminate();

    /** Waits a moment. @return whether what it runs in has ended */
    protected abstract boolean hasEnded();

    /** How it ended, in words, where nothing is known but that it ended. */
    protected abstract String how();

    /** Lets go of all that is left of it; all of its output is in {@link #lastWords} then. */
    protected abstract void cleanUp() throws InterruptedException;

    /** The last lines of its standard error. */
    protected abstract List<String> lastWords();

    /** Whether it ended with exit code 0. */
    protected abstract boolean endedWell();

    protected final WorkerSpec spec() {
        return spec;
    }

    public final String name() {
        return spec.workload() + "#" + spec.generation() + "." + spec.instance();
    }

    public final Path socket() {
        return WorkerFolder.socket(folder);
    }

    /** Whether the gateway has asked it to end. */
    protected final boolean stopping() {
        return stopping;
    }

    /** Reads from now on what the worker says. Not before it can be killed: who connects may lead to that. */
    protected final void listen() {
        connection.start();
    }

    /** Lets go of a worker that runs in nothing. */
    public final void discard() {
        connection.close();
        WorkerFolder.remove(folder);
    }

    /**
     * Waits for the worker and initializes it.
     *
     * @throws WorkloadException that failed, and it is gone
     */
    public final void initialize() throws WorkloadException {
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
        return awaitGone() ? exit.join().reason() : "its " + place() + " can't be ended";
    }

    @Override
    public CompletableFuture<Object> request(String method, Map<String, ?> params) {
        boolean call = method.equals("invoke");
        if (call) {
            calls.incrementAndGet();
        }
        CompletableFuture<Object> answer = connection.request(method, params);
        if (call) {
            var unused = answer.whenComplete((result, error) -> calls.decrementAndGet());
        }
        return answer;
    }

    /** Whether a call of a function is in work. */
    final boolean isInCall() {
        return calls.get() > 0;
    }

    /** Completes when it has answered that it is alive, or its connection is lost. Does not wake up what is frozen. */
    final CompletableFuture<Object> ask() {
        return connection.request("ping", Map.of());
    }

    /** Ends it: it runs, and does not do what it is there for. */
    protected final void unhealthy(String why) {
        failed("unhealthy: " + why);
        destroy();
    }

    @Override
    public final CompletableFuture<WorkerExit> exit() {
        return exit.copy();
    }

    @Override
    public final void stop(Duration grace) {
        stopping = true;
        if (!sendShutdown()) {
            terminate(); // it can't be asked otherwise
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
            WorkloadLog.of(spec.workload()).error("Its {} can't be ended; it hangs in the kernel", place());
        }
    }

    /** @return whether it may have been heard */
    protected boolean sendShutdown() {
        return connection.send(Wire.request(null, "shutdown", Map.of())) != Outgoing.Fate.CLOSED;
    }

    @Override
    public final void kill(String reason) {
        killed.compareAndSet(null, new Killed(true, "ended by the gateway: " + reason));
        destroy();
    }

    /** That it ends through a fault of its own, which the gateway knows better than its exit code tells. */
    protected final void failed(String how) {
        killed.compareAndSet(null, new Killed(false, how));
    }

    /** Waits for what was killed, whatever interrupts. @return whether it is gone */
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

    /** What it runs in has ended: tells everyone, and cleans up. To be called once. */
    protected final void ended() {
        // Now: a kill from here on comes too late to be the reason.
        Killed by = killed.get();
        String how = by == null ? how() : by.how();
        boolean expected = stopping || (by != null && by.expected());
        connection.finish(how);
        try {
            cleanUp();
            connection.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            WorkerFolder.remove(folder);
            List<String> last = lastWords();
            WorkerExit ending = new WorkerExit(
                    expected,
                    last.isEmpty() || (expected && endedWell()) || (by != null && !by.expected())
                            ? how
                            : how + "; last words: " + String.join(" | ", last));
            dialogue.hello().completeExceptionally(new WorkerException(true, "InstanceLost", how));
            exit.complete(ending);
        }
    }
}
