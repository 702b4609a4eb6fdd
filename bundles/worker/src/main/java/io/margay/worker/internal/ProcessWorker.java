package io.margay.worker.internal;

import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.event.Level;

/** One worker process with its connection and its output. */
final class ProcessWorker implements Worker, Connection.Peer {
    /** Requests of a worker that the gateway may have in hand at a time. */
    static final int MAX_IN_HAND = 10_000;
    /** How long a killed process may take to be gone; longer means that it hangs in the kernel. */
    private static final long GONE_SECONDS = 10;

    private static final int PROTOCOL = 1;

    private final WorkerSpec spec;
    private final WorkerListener listener;
    private final Path folder;
    private final Connection connection;
    private final CompletableFuture<Void> hello = new CompletableFuture<>();
    private final CompletableFuture<WorkerExit> exit = new CompletableFuture<>();
    private final AtomicReference<String> killed = new AtomicReference<>();
    private final AtomicInteger inHand = new AtomicInteger();
    private volatile boolean stopping;
    private boolean greeted; // connection's thread
    private long unreadable; // connection's thread
    private Process process;
    private OutputLog output;
    private OutputLog errors;

    /** Listens for the worker in {@code folder}, which is this worker's own. */
    ProcessWorker(WorkerSpec spec, WorkerListener listener, Path folder) throws IOException {
        this.spec = spec;
        this.listener = listener;
        this.folder = folder;
        connection = new Connection(name(), socket(), this);
    }

    String name() {
        return spec.workload() + "#" + spec.generation() + "." + spec.instance();
    }

    Path socket() {
        return folder.resolve("s");
    }

    /** Starts the process; from now on {@link #exit()} will complete. */
    void launch(Command command, Records records, Executor executor) throws WorkloadException {
        connection.start();
        ProcessBuilder builder = new ProcessBuilder(command.line())
                .directory(spec.folder().toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        try {
            process = builder.start();
        } catch (IOException e) {
            discard();
            throw new WorkloadException(
                    spec.workload() + " did not start: " + command.line().get(0) + ": " + e.getMessage(), e);
        }
        output = new OutputLog(name() + "-out", spec.workload(), Level.INFO, process.getInputStream());
        errors = new OutputLog(name() + "-err", spec.workload(), Level.WARN, process.getErrorStream());
        var unused = process.onExit().thenRunAsync(() -> ended(records), executor);
        try {
            records.add(process.pid(), socket());
        } catch (IOException e) {
            kill("its record could not be written: " + e.getMessage());
        }
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
            hello.get(spec.startTimeout().toNanos(), TimeUnit.NANOSECONDS);
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("kind", spec.workload().kind().word());
            params.put("name", spec.workload().name());
            params.put("generation", spec.generation());
            params.put("handler", spec.handler());
            params.putAll(spec.configuration());
            request("initialize", params).get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw notStarted("it did not answer within " + spec.startTimeout().toMillis() + " ms", 0);
        } catch (ExecutionException e) {
            boolean answered = e.getCause() instanceof WorkerException w && !w.lost();
            throw notStarted(answered ? words((WorkerException) e.getCause()) : "", answered ? 2 : GONE_SECONDS);
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
        String how = awaitGone() ? exit.join().reason() : "its process " + processId() + " can't be ended";
        return new WorkloadException(
                spec.workload() + " did not start: " + (why.isEmpty() ? how : why + " (" + how + ")"));
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
        killed.compareAndSet(null, reason);
        ProcessTree.endDescendants(process.toHandle());
        process.destroyForcibly();
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
        String how = how();
        connection.close(how);
        try {
            if (!ProcessTree.end(processId(), socket().toString())) {
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
            boolean expected = stopping || killed.get() != null;
            List<String> last = errors.lastLines();
            WorkerExit ending = new WorkerExit(
                    expected,
                    last.isEmpty() || (expected && process.exitValue() == 0)
                            ? how
                            : how + "; last words: " + String.join(" | ", last));
            hello.completeExceptionally(new WorkerException(true, "InstanceLost", how));
            exit.complete(ending);
        }
    }

    private String how() {
        int code = process.exitValue();
        String reason = killed.get();
        if (reason != null) {
            return "ended by the gateway: " + reason;
        }
        return stopping && code == 0 ? "stopped" : ExitWords.of(code);
    }

    @Override
    public void incoming(Incoming message) {
        String method = message.method();
        if (method.equals("hello")) {
            greet(message);
        } else if (!greeted) {
            refuse(message, new IllegalStateException("hello must be the first message"));
        } else if (method.equals("log")) {
            log(message);
        } else if (inHand.get() >= MAX_IN_HAND) {
            reply(message, Wire.error(message.id(), Errors.TOO_BUSY, MAX_IN_HAND + " requests wait already", ""));
        } else {
            ask(message);
        }
    }

    private void greet(Incoming message) {
        if (message.params().get("protocol") instanceof Number version && version.intValue() == PROTOCOL) {
            greeted = true;
            reply(message, Wire.result(message.id(), Map.of()));
            hello.complete(null);
        } else {
            String why = "it speaks protocol " + message.params().get("protocol") + ", the gateway " + PROTOCOL;
            refuse(message, new IllegalStateException(why));
            kill(why);
        }
    }

    private void log(Incoming message) {
        String text = message.text("message");
        String level = message.text("level");
        Level parsed =
                switch (level == null ? "info" : level.toLowerCase(Locale.ROOT)) {
                    case "debug" -> Level.DEBUG;
                    case "warn", "warning" -> Level.WARN;
                    case "error" -> Level.ERROR;
                    default -> Level.INFO;
                };
        if (text != null) {
            WorkloadLog.write(
                    spec.workload(),
                    parsed,
                    text.length() <= OutputLog.MAX_LINE ? text : text.substring(0, OutputLog.MAX_LINE) + "…");
        }
    }

    private void ask(Incoming message) {
        inHand.incrementAndGet();
        CompletionStage<?> stage;
        try {
            stage = listener.request(message.method(), message.params());
        } catch (RuntimeException e) {
            stage = CompletableFuture.failedFuture(e);
        }
        if (stage == null) {
            stage = CompletableFuture.completedFuture(null);
        }
        stage.whenComplete((result, failure) -> {
            inHand.decrementAndGet();
            if (failure != null) {
                refuse(message, failure);
                return;
            }
            byte[] answer;
            try {
                answer = Wire.result(message.id(), result);
            } catch (IllegalArgumentException e) {
                refuse(message, e);
                return;
            }
            if (answer.length > Connection.MAX_MESSAGE) {
                refuse(
                        message,
                        new IllegalStateException("the answer has " + answer.length + " bytes; at most "
                                + Connection.MAX_MESSAGE + " are possible"));
            } else {
                reply(message, answer);
            }
        });
    }

    private void refuse(Incoming message, Throwable failure) {
        if (message.id() == null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            WorkloadLog.of(spec.workload()).warn("{} was refused: {}", message.method(), cause.getMessage());
        }
        reply(message, Errors.answer(message.id(), failure));
    }

    private void reply(Incoming message, byte[] answer) {
        if (message.id() != null && connection.send(answer) == Outgoing.Fate.FULL) {
            kill("it does not read the answers to its requests");
        }
    }

    @Override
    public void failed(String message, Map<String, Object> error) {
        if (error.get("data") instanceof Map<?, ?> data
                && data.get("stackTrace") instanceof List<?> trace
                && !trace.isEmpty()) {
            StringBuilder text = new StringBuilder();
            text.append(data.get("errorType")).append(": ").append(message);
            trace.stream().limit(30).forEach(frame -> text.append('\n').append(frame));
            WorkloadLog.write(spec.workload(), Level.ERROR, text.toString());
        }
    }

    @Override
    public void unreadable(String why) {
        // A worker that talks nonsense must not fill the log with it.
        if (++unreadable <= 10 || unreadable % 1000 == 0) {
            WorkloadLog.of(spec.workload()).warn("Message {} that can't be read: {}", unreadable, why);
        }
    }

    @Override
    public boolean disconnected() {
        greeted = false;
        try {
            // As a rule its process has ended, and why is known in a moment.
            if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
                return false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        WorkloadLog.of(spec.workload()).warn("Lost the connection to process {}, which runs on", processId());
        return true;
    }

    @Override
    public void broken(Throwable why) {
        WorkloadLog.of(spec.workload()).error("The connection failed", why);
        kill("its connection failed in the gateway: " + why);
    }
}
