package io.margay.device.internal;

import io.margay.model.DeviceId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A driver's row in the table <i>workload → generation</i>: which session owns the driver's devices. Between two owners
 * reports of the session that is to come and calls to the devices wait.
 */
final class DriverSlot {
    /** How long a report waits for its session to take over before it is refused as stale. */
    static final long REPORT_WAIT_MILLIS = 60_000;

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private volatile DriverSession owner;
    private volatile DriverSession former;
    private volatile boolean handingOver;
    private volatile long since = System.currentTimeMillis();

    DriverSlot(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    long since() {
        return since;
    }

    DriverSession owner() {
        return owner;
    }

    /** The owner's connection; in the gap between two owners the former one's, so that a swap does not look like a failure. */
    Connection connection(DeviceId device) {
        DriverSession session = owner;
        if (session == null && handingOver) {
            session = former;
        }
        return session == null ? null : session.connection(device);
    }

    String whyNotConnected() {
        if (owner == null) {
            return handingOver ? "the driver is being changed" : "driver " + name + " does not run";
        }
        return "the driver has not connected it";
    }

    void takeOver(DriverSession session) {
        List<Runnable> ready;
        lock.lock();
        try {
            owner = session;
            former = null;
            handingOver = false;
            since = System.currentTimeMillis();
            changed.signalAll();
            ready = drain();
        } finally {
            lock.unlock();
        }
        ready.forEach(Runnable::run);
    }

    /** The owner gives up its devices for another to take over. */
    void release(DriverSession session) {
        lock.lock();
        try {
            if (owner == session) {
                former = session;
                owner = null;
                handingOver = true;
                since = System.currentTimeMillis();
            }
        } finally {
            lock.unlock();
        }
    }

    /** A session is no more. When it was the last one that could own the devices, what waits is told. */
    void forget(DriverSession session) {
        List<Runnable> ready = List.of();
        lock.lock();
        try {
            if (owner == session || (owner == null && former == session)) {
                owner = null;
                former = null;
                handingOver = false;
                since = System.currentTimeMillis();
                ready = drain();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        ready.forEach(Runnable::run);
    }

    /**
     * Waits until the session owns the devices.
     *
     * @return false when it never will, or not in time
     */
    boolean awaitOwner(DriverSession session) {
        long left = TimeUnit.MILLISECONDS.toNanos(REPORT_WAIT_MILLIS);
        lock.lock();
        try {
            while (owner != session) {
                if (left <= 0 || !session.toCome()) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Runs an action now when the devices have an owner or nobody is about to take them over, else when that is settled. */
    void whenSettled(Runnable action) {
        lock.lock();
        try {
            if (owner == null && handingOver) {
                waiting.add(action);
                return;
            }
        } finally {
            lock.unlock();
        }
        action.run();
    }

    private List<Runnable> drain() {
        List<Runnable> ready = new ArrayList<>(waiting);
        waiting.clear();
        return ready;
    }
}
