package io.margay.function.internal;

import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerParams;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker and the calls that are in it. */
final class WorkerInstance {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerInstance.class);
    private static final Duration LOST_GRACE = Duration.ofSeconds(2);
    /** How often it is looked whether what is frozen should rather be ended. */
    private static final Duration FROZEN_LOOK = Duration.ofSeconds(10);

    private static final int CLOSED = Integer.MIN_VALUE / 2;

    final Worker worker;
    final long since = System.nanoTime();

    private final WorkerFunction function;
    private final FunctionEntry entry;
    private final ScheduledExecutorService keeper;
    private final Executor idle;
    private final Set<Call> inFlight = ConcurrentHashMap.newKeySet();

    /** Calls that are in the worker or are being fetched for it; negative when it takes none any more. */
    private final AtomicInteger taken = new AtomicInteger();

    private volatile long usedAt = System.nanoTime();

    /** The look that is due while it is frozen; a call, which wakes it up, takes it away. */
    private final AtomicReference<Object> frozenLook = new AtomicReference<>();

    /** @param idle on which what has no calls is frozen or ended */
    WorkerInstance(
            Worker worker,
            WorkerFunction function,
            FunctionEntry entry,
            ScheduledExecutorService keeper,
            Executor idle) {
        this.worker = worker;
        this.function = function;
        this.entry = entry;
        this.keeper = keeper;
        this.idle = idle;
    }

    /**
     * Takes a place for a call, before it is fetched: who then finds the instance without a call can be sure that none
     * is on its way.
     */
    boolean take() {
        int most = function.spec().function().concurrency();
        int before = taken.getAndUpdate(n -> n >= 0 && n < most ? n + 1 : n);
        return before >= 0 && before < most;
    }

    void giveBack() {
        taken.decrementAndGet();
        if (calls() == 0) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    private void takeNoMore() {
        taken.updateAndGet(n -> n < 0 ? n : n + CLOSED);
    }

    private int calls() {
        int n = taken.get();
        return n < 0 ? n - CLOSED : n;
    }

    void send(Call call) {
        inFlight.add(call);
        usedAt = System.nanoTime();
        entry.watch(call);
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("requestId", RequestIds.of(call));
        if (!call.event.topic().isEmpty()) {
            params.put("topic", call.event.topic());
        }
        WorkerParams.putPayload(params, call.event.bytes());
        params.put("deadlineMs", Math.max(1, (call.deadline() - System.nanoTime()) / 1_000_000));
        params.put("invokerContext", call.invokerContext);
        try {
            worker.request("invoke", params).whenComplete((result, error) -> answered(call, result, error));
        } catch (RuntimeException e) {
            answered(call, null, e);
        }
        if (frozenLook.getAndSet(null) != null) {
            stopWhenIdle();
        }
    }

    private void answered(Call call, Object result, Throwable error) {
        if (!inFlight.remove(call)) {
            return;
        }
        usedAt = System.nanoTime();
        if (error == null) {
            succeed(call, result);
        } else {
            InvocationException failure = translate(error);
            if (failure.kind() == Kind.INSTANCE_LOST) {
                // Before its place is given back: else all that waits would follow the call into a dead worker.
                connectionLost();
            }
            entry.fail(call, failure);
        }
        entry.ended();
        giveBack();
        function.workAvailable();
    }

    private void succeed(Call call, Object result) {
        byte[] payload;
        try {
            payload = result instanceof Map<?, ?>
                    ? WorkerParams.payload(WorkerParams.asObject(result, "the worker's answer"))
                    : new byte[0];
        } catch (IllegalArgumentException e) {
            String message = "the worker's answer can't be read: " + e.getMessage();
            entry.fail(call, new InvocationException(Kind.HANDLED, Kind.HANDLED.name(), message));
            return;
        }
        entry.succeed(call, payload);
    }

    private InvocationException translate(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (cause instanceof WorkerException of && !of.lost()) {
            String type = of.errorType().isEmpty() ? Kind.HANDLED.name() : of.errorType();
            return new InvocationException(Kind.HANDLED, type, of.getMessage());
        }
        return new InvocationException(
                Kind.INSTANCE_LOST,
                Kind.INSTANCE_LOST.name(),
                "the instance ended before it answered: " + cause.getMessage(),
                function.isStopping());
    }

    /** Its exit tells soon how it ended; one that lives on without its connection is of no use. */
    private void connectionLost() {
        function.dying(this);
        takeNoMore();
        keeper.schedule(
                () -> {
                    if (!worker.exit().isDone()) {
                        worker.kill("it lost its connection");
                    }
                },
                LOST_GRACE.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    void lost(String reason) {
        takeNoMore();
        for (Call call : inFlight) {
            answered(call, null, new WorkerException(true, "", reason));
        }
    }

    long expire(long now) {
        long earliest = Call.NO_DEADLINE;
        for (Call call : inFlight) {
            if (call.deadline() - now > 0) {
                earliest = Math.min(earliest, call.deadline());
            } else if (!call.isDone()) {
                takeNoMore();
                entry.fail(call, entry.timeout("was ended with its instance"));
                keeper.execute(() -> worker.kill("timeout: a call did not end within " + call.allowedMillis() + " ms"));
            }
        }
        return earliest;
    }

    void stopWhenIdle() {
        long left = usedAt + idleNanos() - System.nanoTime();
        keeper.schedule(this::lookIfIdle, Math.max(left, 1_000_000), TimeUnit.NANOSECONDS);
    }

    private long idleNanos() {
        return function.spec().function().idle().toNanos();
    }

    private void lookIfIdle() {
        if (taken.get() < 0) {
            return;
        }
        if (!isIdle()) {
            stopWhenIdle();
            return;
        }
        Optional<Duration> frozen = worker.frozen();
        if (frozen.isPresent() && !frozen.get().isZero()) {
            lookWhenFrozen(frozen.get());
        } else {
            idle.execute(() -> {
                try {
                    freezeOrEnd(frozen.isPresent());
                } catch (RejectedExecutionException e) {
                    LOG.debug("The gateway stops", e);
                }
            });
        }
    }

    private boolean isIdle() {
        return System.nanoTime() - usedAt >= idleNanos() && !entry.hasWork() && taken.get() <= 0;
    }

    /** Perhaps a while after it was settled. */
    private void freezeOrEnd(boolean frozenTooLong) {
        if (!isIdle()) {
            stopWhenIdle();
        } else if (!frozenTooLong && function.freezes() && worker.freeze()) {
            function.frozen(this);
            lookWhenFrozen(worker.frozen().orElse(FROZEN_LOOK));
        } else if (!function.endIdle(this, () -> taken.compareAndSet(0, CLOSED))) {
            stopWhenIdle();
        }
    }

    /** @param left how long it may stay frozen as things are; memory may get short before */
    private void lookWhenFrozen(Duration left) {
        long wait = Math.min(left.toMillis() + 1, FROZEN_LOOK.toMillis());
        Object look = new Object();
        frozenLook.set(look);
        keeper.schedule(
                () -> {
                    if (frozenLook.compareAndSet(look, null)) {
                        lookIfIdle();
                    }
                },
                wait,
                TimeUnit.MILLISECONDS);
        // A call that came before has found no look to take away.
        if (worker.frozen().isEmpty() && frozenLook.compareAndSet(look, null)) {
            stopWhenIdle();
        }
    }

    synchronized boolean awaitIdle(long deadline) {
        return Monitors.await(this, () -> calls() == 0, deadline);
    }
}
