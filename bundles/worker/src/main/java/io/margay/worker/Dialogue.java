package io.margay.worker;

import io.margay.model.WorkloadId;
import io.margay.spi.Masking;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkloadLog;
import io.margay.spi.wire.Errors;
import io.margay.spi.wire.Incoming;
import io.margay.spi.wire.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.event.Level;

/** What the gateway does with a worker's messages: greets, logs, and asks the listener for all else. */
final class Dialogue implements Connection.Peer {
    /** What the messages lead to. */
    interface Owner {
        /** Waits a moment. @return whether the process has ended */
        boolean hasEnded();

        void kill(String reason);
    }

    /** Requests of a worker that the gateway may have in hand at a time. */
    static final int MAX_IN_HAND = 10_000;

    private static final int PROTOCOL = 1;

    private final WorkloadId workload;
    private final WorkerListener listener;
    private final Owner owner;
    private final Connection connection;
    private final CompletableFuture<Void> hello = new CompletableFuture<>();
    private final AtomicInteger inHand = new AtomicInteger();
    private boolean greeted; // connection's thread
    private long unreadable; // connection's thread

    Dialogue(String name, WorkloadId workload, WorkerListener listener, Path socket, Owner owner) throws IOException {
        this.workload = workload;
        this.listener = listener;
        this.owner = owner;
        connection = new Connection(name, socket, this);
    }

    Connection connection() {
        return connection;
    }

    /** Completes with the worker's first message. */
    CompletableFuture<Void> hello() {
        return hello;
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
            owner.kill(why);
        }
    }

    private void log(Incoming message) {
        // Before it is cut: half a secret would not be known again.
        String text = Masking.mask(message.text("message"));
        if (text != null) {
            WorkloadLog.write(
                    workload,
                    level(message.text("level")),
                    text.length() <= LogLines.MAX_LINE ? text : text.substring(0, LogLines.MAX_LINE) + "…");
        }
    }

    private static Level level(String word) {
        return switch (word == null ? "info" : word.toLowerCase(Locale.ROOT)) {
            case "debug" -> Level.DEBUG;
            case "warn", "warning" -> Level.WARN;
            case "error" -> Level.ERROR;
            default -> Level.INFO;
        };
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
            if (failure == null) {
                reply(message, result);
            } else {
                refuse(message, failure);
            }
        });
    }

    private void reply(Incoming message, Object result) {
        byte[] answer;
        try {
            answer = Wire.result(message.id(), result);
        } catch (IllegalArgumentException e) {
            refuse(message, new IllegalStateException(e.getMessage(), e));
            return;
        }
        if (answer.length > Wire.MAX_MESSAGE) {
            refuse(
                    message,
                    new IllegalStateException("the answer has " + answer.length + " bytes; at most " + Wire.MAX_MESSAGE
                            + " are possible"));
        } else {
            reply(message, answer);
        }
    }

    private void refuse(Incoming message, Throwable failure) {
        if (message.id() == null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            WorkloadLog.of(workload).warn("{} was refused: {}", message.method(), cause.getMessage());
        }
        reply(message, Errors.answer(message.id(), failure));
    }

    private void reply(Incoming message, byte[] answer) {
        if (message.id() != null && connection.send(answer) == Outgoing.Fate.FULL) {
            owner.kill("it does not read the answers to its requests");
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
            WorkloadLog.write(workload, Level.ERROR, text.toString());
        }
    }

    @Override
    public void unreadable(String why) {
        // A worker that talks nonsense must not fill the log with it.
        if (++unreadable <= 10 || unreadable % 1000 == 0) {
            WorkloadLog.of(workload).warn("Message {} that can't be read: {}", unreadable, why);
        }
    }

    @Override
    public boolean disconnected() {
        greeted = false;
        if (owner.hasEnded()) {
            return false;
        }
        WorkloadLog.of(workload).warn("Lost the connection to the process, which runs on and may come back");
        return true;
    }

    @Override
    public void broken(Throwable why) {
        WorkloadLog.of(workload).error("The connection failed", why);
        owner.kill("its connection failed in the gateway: " + why);
    }
}
