package io.margay.function.internal;

import io.margay.spi.InvocationException;
import io.margay.spi.MessageTarget.Outcome;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Consumer;

/**
 * One call on its way: a direct invocation, which has a future, and a deadline where somebody waits for it, or a routed
 * message, which has neither.
 */
final class Call {
    static final long NO_DEADLINE = Long.MAX_VALUE;
    private static final byte[] NOTHING = {};

    private static final AtomicIntegerFieldUpdater<Call> DONE =
            AtomicIntegerFieldUpdater.newUpdater(Call.class, "done");

    private static final AtomicIntegerFieldUpdater<Call> OUT = AtomicIntegerFieldUpdater.newUpdater(Call.class, "out");

    final FunctionEvent event;
    final Map<String, Object> invokerContext;
    /** What the caller calls it; empty where it calls it nothing. */
    final String givenId;

    /** Null for a routed message. */
    private final CompletableFuture<byte[]> result;

    /** Null for a direct invocation. */
    private final Consumer<Outcome> delivered;

    private final boolean kept;

    /**
     * By {@link System#nanoTime}; of a routed message, and of a call for which nobody waits, only once it runs, as its queue
     * may well be longer than a timeout.
     */
    private volatile long deadline;

    private volatile long startedAt;
    /** Nanoseconds from when its time began to its deadline. */
    private volatile long allowed;

    @SuppressWarnings("unused") // through DONE
    private volatile int done;

    @SuppressWarnings("unused") // through OUT
    private volatile int out;

    /**
     * @param allowedNanos until its deadline, from now; {@link #NO_DEADLINE} for what its function has, from when it begins
     * @param kept it was accepted, and waits until the function can be started
     */
    Call(FunctionEvent event, Map<String, Object> invokerContext, String givenId, long allowedNanos, boolean kept) {
        this.event = event;
        this.invokerContext = invokerContext;
        this.givenId = givenId;
        allowed = allowedNanos;
        deadline = allowedNanos == NO_DEADLINE ? NO_DEADLINE : System.nanoTime() + allowedNanos;
        result = new CompletableFuture<>();
        delivered = null;
        this.kept = kept;
    }

    /** @param givenId of the message */
    Call(FunctionEvent event, String givenId, Consumer<Outcome> delivered) {
        this.event = event;
        invokerContext = Map.of();
        this.givenId = givenId;
        kept = true;
        deadline = NO_DEADLINE;
        result = null;
        this.delivered = delivered;
    }

    CompletableFuture<byte[]> result() {
        return result;
    }

    /** It was accepted: the queue has room for it, and it waits for as long as the function can't be started. */
    boolean kept() {
        return kept;
    }

    long deadline() {
        return deadline;
    }

    /** How long it may take, with its time in the queue where somebody waits for it. */
    long allowedMillis() {
        return Math.round(allowed / 1e6);
    }

    long startedAt() {
        return startedAt;
    }

    /** The call begins to run. It has no longer than this, also where the clock was ahead when it was accepted. */
    void begin(long now, long timeoutNanos) {
        startedAt = now;
        if (deadline == NO_DEADLINE || deadline - now > timeoutNanos) {
            deadline = now + timeoutNanos;
            allowed = timeoutNanos;
        }
    }

    /** The call leaves the queue. @return false when it had left before, as it was too late */
    boolean leaveQueue() {
        return OUT.compareAndSet(this, 0, 1);
    }

    boolean isDone() {
        return done != 0;
    }

    /** Whoever claims a call gives it its outcome. @return false when it had one before, such as by its timeout */
    boolean claim() {
        return DONE.compareAndSet(this, 0, 1);
    }

    /** For whoever claimed it; null where the handler gave no result. */
    void succeed(byte[] value) {
        if (result != null) {
            result.complete(value == null ? NOTHING : value);
        } else {
            delivered.accept(Outcome.HANDLED);
        }
    }

    /** For whoever claimed it. */
    void fail(InvocationException error) {
        if (result != null) {
            result.completeExceptionally(error);
        } else {
            delivered.accept(
                    switch (error.kind()) {
                        case INSTANCE_LOST -> error.stopped() ? Outcome.GIVEN_BACK : Outcome.LOST;
                        case UNKNOWN -> Outcome.GIVEN_BACK;
                        default -> Outcome.HANDLED;
                    });
        }
    }
}
