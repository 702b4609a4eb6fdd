package io.margay.function.internal;

import io.margay.spi.InvocationException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/** One call on its way: a direct invocation, which has a future and a deadline, or a routed message, which has neither. */
final class Call {
    static final long NO_DEADLINE = Long.MAX_VALUE;

    private static final AtomicIntegerFieldUpdater<Call> DONE =
            AtomicIntegerFieldUpdater.newUpdater(Call.class, "done");

    private static final AtomicIntegerFieldUpdater<Call> OUT = AtomicIntegerFieldUpdater.newUpdater(Call.class, "out");

    final FunctionEvent event;
    final Map<String, Object> invokerContext;

    /** Null for a routed message. */
    private final CompletableFuture<byte[]> result;

    /** Null for a direct invocation. */
    private final Runnable delivered;

    /** By {@link System#nanoTime}; of a routed message only once it runs, as its queue may well be longer than a timeout. */
    private volatile long deadline;

    private volatile long startedAt;

    @SuppressWarnings("unused") // through DONE
    private volatile int done;

    @SuppressWarnings("unused") // through OUT
    private volatile int out;

    Call(FunctionEvent event, Map<String, Object> invokerContext, long deadline) {
        this.event = event;
        this.invokerContext = invokerContext;
        this.deadline = deadline;
        result = new CompletableFuture<>();
        delivered = null;
    }

    Call(FunctionEvent event, Runnable delivered) {
        this.event = event;
        invokerContext = Map.of();
        deadline = NO_DEADLINE;
        result = null;
        this.delivered = delivered;
    }

    CompletableFuture<byte[]> result() {
        return result;
    }

    boolean routed() {
        return result == null;
    }

    long deadline() {
        return deadline;
    }

    long startedAt() {
        return startedAt;
    }

    /** The call begins to run. */
    void begin(long now, long timeoutNanos) {
        startedAt = now;
        if (deadline == NO_DEADLINE) {
            deadline = now + timeoutNanos;
        }
    }

    /** The call leaves the queue. @return false when it had left before, as it was too late */
    boolean leaveQueue() {
        return OUT.compareAndSet(this, 0, 1);
    }

    boolean isDone() {
        return done != 0;
    }

    /** @return false when the call had ended before, as by its timeout */
    boolean succeed(byte[] value) {
        if (!DONE.compareAndSet(this, 0, 1)) {
            return false;
        }
        if (result != null) {
            result.complete(value);
        } else {
            delivered.run();
        }
        return true;
    }

    /** @return as {@link #succeed} */
    boolean fail(InvocationException error) {
        if (!DONE.compareAndSet(this, 0, 1)) {
            return false;
        }
        if (result != null) {
            result.completeExceptionally(error);
        } else {
            delivered.run();
        }
        return true;
    }
}
