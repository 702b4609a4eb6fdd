package io.margay.function.internal;

import io.margay.function.Functions.FunctionStatus;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A function's row in the table <i>workload → generation</i>, its queue and its counters. The queue belongs to the function
 * and not to a generation: what waits while generations change goes to the one that takes over.
 */
final class FunctionEntry {
    private static final int DEFAULT_QUEUE = 1000;
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    private final String name;
    private final Watchdog watchdog;
    private final ConcurrentLinkedQueue<Call> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final ConcurrentLinkedQueue<Runnable> waitForRoom = new ConcurrentLinkedQueue<>();
    private final AtomicInteger running = new AtomicInteger();
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    private volatile FunctionGeneration current;
    private volatile int capacity = DEFAULT_QUEUE;
    private volatile long timeoutNanos = DEFAULT_TIMEOUT.toNanos();
    private volatile String lastError = "";
    private volatile boolean known;
    private volatile boolean removed;

    FunctionEntry(String name, Watchdog watchdog) {
        this.name = name;
        this.watchdog = watchdog;
    }

    String name() {
        return name;
    }

    long timeoutNanos() {
        return timeoutNanos;
    }

    FunctionGeneration current() {
        return current;
    }

    void settings(int queueCapacity, Duration timeout) {
        capacity = queueCapacity;
        timeoutNanos = timeout.toNanos();
    }

    // Generations.

    /** Whether there is or was a generation; else messages that came before the function wait here. */
    boolean known() {
        return known;
    }

    void created() {
        known = true;
    }

    /** There is none any more, for now. */
    void withdraw() {
        known = false;
        failCallers(unknown());
    }

    void takeOver(FunctionGeneration generation) {
        current = generation;
        if (hasWork()) {
            generation.workAvailable();
        }
    }

    /** The generation takes no new work. Where it owned the traffic, new work waits for the next one that takes over. */
    void release(FunctionGeneration generation) {
        if (current == generation) {
            current = null;
        }
    }

    // Calls.

    boolean hasRoomForMessage() {
        // Half of the queue is kept free of routed messages, which can wait in their routes, for callers, who can't.
        return queued.get() < Math.max(1, capacity / 2);
    }

    void submit(Call call) {
        if (call.kept()) {
            queued.incrementAndGet();
        } else if (!reserve()) {
            call.fail(tooBusy());
            return;
        }
        submitReserved(call);
    }

    /** Takes a place in the queue for a call that is {@link #submitReserved} soon. @return false when there is none */
    boolean reserve() {
        boolean isRoom = queued.incrementAndGet() <= capacity;
        if (!isRoom) {
            queued.decrementAndGet();
        }
        return isRoom;
    }

    /** The call does not come. */
    void freeReserved() {
        queued.decrementAndGet();
        tellRoom();
    }

    void submitReserved(Call call) {
        if (removed) {
            queued.decrementAndGet();
            call.fail(unknown());
            return;
        }
        queue.add(call);
        watch(call);
        FunctionGeneration generation = current;
        if (generation != null) {
            generation.workAvailable();
        }
        if (removed) {
            failWaiting();
        }
    }

    private InvocationException unknown() {
        return new InvocationException(Kind.UNKNOWN, Kind.UNKNOWN.name(), "there is no function " + name);
    }

    /** Counted as refused. */
    InvocationException tooBusy() {
        refused.increment();
        return new InvocationException(
                Kind.TOO_BUSY,
                Kind.TOO_BUSY.name(),
                "function " + name + " is too busy: " + capacity + " calls wait already; try again later");
    }

    boolean hasWork() {
        return !queue.isEmpty();
    }

    /** The next call to run for a generation, begun, to be {@link #ended}; null when there is none or the generation does not own the traffic. */
    Call poll(FunctionGeneration generation) {
        while (current == generation) {
            Call call = queue.poll();
            if (call == null) {
                return null;
            }
            if (call.leaveQueue()) {
                // First: a call on its way is never seen nowhere.
                running.incrementAndGet();
                queued.decrementAndGet();
                tellRoom();
                if (!call.isDone()) {
                    // Between the check above and here the traffic may have moved on; the call runs here all the same,
                    // and the hand-over waits for it, as whoever polls says that he is busy before he does.
                    long now = System.nanoTime();
                    call.begin(now, timeoutNanos);
                    if (call.deadline() - now > 0) {
                        return call;
                    }
                    tooLate(call);
                }
                ended();
            }
        }
        return null;
    }

    /** Sees to it that a call's deadline is kept. To be told again once it runs, as in between nobody may have seen it. */
    void watch(Call call) {
        watchdog.watch(call.deadline());
    }

    /** Lets routes go on until the queue is filled again: each may come back at once with what it could not place. */
    private void tellRoom() {
        while (queued.get() < Math.max(1, capacity / 4)) {
            Runnable retry = waitForRoom.poll();
            if (retry == null) {
                return;
            }
            retry.run();
        }
    }

    void whenRoom(Runnable retry) {
        waitForRoom.add(retry);
        tellRoom();
    }

    // Outcomes.

    void ended() {
        running.decrementAndGet();
    }

    // Counted before it is told, so that who was told finds it counted.

    void succeed(Call call, byte[] value) {
        if (call.claim()) {
            succeeded.increment();
            nanos.add(System.nanoTime() - call.startedAt());
            call.succeed(value);
        }
    }

    /** @return false when the call had ended before */
    boolean fail(Call call, InvocationException error) {
        if (!call.claim()) {
            return false;
        }
        (error.kind() == Kind.TIMEOUT ? timedOut : failed).increment();
        lastError = error.getMessage();
        call.fail(error);
        return true;
    }

    /** Fails what waits beyond its deadline. @return the earliest deadline of what is left */
    long expire(long now) {
        long earliest = Call.NO_DEADLINE;
        for (Iterator<Call> calls = queue.iterator(); calls.hasNext(); ) {
            Call call = calls.next();
            if (call.deadline() - now > 0 || call.deadline() == Call.NO_DEADLINE) {
                earliest = Math.min(earliest, call.deadline());
            } else if (call.leaveQueue()) {
                calls.remove();
                queued.decrementAndGet();
                tooLate(call);
                tellRoom();
            }
        }
        return earliest;
    }

    private void tooLate(Call call) {
        fail(call, timeout("waited in the queue"));
    }

    /** Fails the callers that wait; what was accepted stays for the next instance. */
    void failCallers(InvocationException error) {
        for (Iterator<Call> calls = queue.iterator(); calls.hasNext(); ) {
            Call call = calls.next();
            if (!call.kept() && call.leaveQueue()) {
                calls.remove();
                queued.decrementAndGet();
                fail(call, error);
                tellRoom();
            }
        }
    }

    InvocationException timeout(String what) {
        return new InvocationException(
                Kind.TIMEOUT, Kind.TIMEOUT.name(), "function " + name + " did not answer in time; the call " + what);
    }

    void remove() {
        removed = true;
        failWaiting();
    }

    private void failWaiting() {
        List<Runnable> retries = new ArrayList<>();
        for (Call call = queue.poll(); call != null; call = queue.poll()) {
            if (!call.leaveQueue()) {
                continue;
            }
            queued.decrementAndGet();
            fail(call, new InvocationException(Kind.UNKNOWN, Kind.UNKNOWN.name(), "function " + name + " was removed"));
        }
        for (Runnable retry = waitForRoom.poll(); retry != null; retry = waitForRoom.poll()) {
            retries.add(retry);
        }
        retries.forEach(Runnable::run);
    }

    FunctionStatus status() {
        FunctionGeneration generation = current;
        long done = succeeded.sum();
        int waiting = Math.max(0, queued.get());
        return new FunctionStatus(
                name,
                generation == null ? 0 : generation.instances(),
                waiting,
                running.get(),
                done,
                failed.sum(),
                timedOut.sum(),
                refused.sum(),
                done == 0 ? 0 : nanos.sum() / done / 1000,
                lastError);
    }
}
