package io.margay.device.internal;

import io.margay.model.DeviceId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A driver's row in the table <i>workload → generation</i>: which session owns the driver's devices. Between two owners
 * reports of the session that is to come and calls to the devices wait.
 */
final class DriverSlot {
    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Consumer<Runnable>> waiting = new ArrayDeque<>();
    private int callsInWork;
    private volatile DriverSession owner;
    private volatile DriverSession former;

    /** As they were when the former owner let go: it may be the one that is started again. */
    private volatile Map<DeviceId, Connection> formerConnections = Map.of();

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
        if (session != null) {
            return session.connection(device);
        }
        return handingOver ? formerConnections.get(device) : null;
    }

    String whyNotConnected() {
        if (owner == null) {
            return handingOver ? "the driver is being changed" : "driver " + name + " does not run";
        }
        return "the driver has not connected it";
    }

    void takeOver(DriverSession session) {
        List<Consumer<Runnable>> ready;
        lock.lock();
        try {
            owner = session;
            former = null;
            formerConnections = Map.of();
            handingOver = false;
            since = System.currentTimeMillis();
            changed.signalAll();
            ready = drain();
        } finally {
            lock.unlock();
        }
        run(ready);
    }

    /**
     * Where the session is the owner, calls wait from now on; those in work are waited for. Its reports are still taken.
     *
     * @return false when calls were not done in time
     */
    boolean holdCalls(DriverSession session, long millis) {
        long left = TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lock();
        try {
            if (owner != session) {
                return true;
            }
            handingOver = true;
            while (callsInWork > 0) {
                if (left <= 0) {
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

    /** The owner gives up its devices for another to take over. */
    void release(DriverSession session) {
        lock.lock();
        try {
            if (owner == session) {
                former = session;
                formerConnections = session.connections();
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
        List<Consumer<Runnable>> ready = List.of();
        lock.lock();
        try {
            if (owner == session || (owner == null && former == session)) {
                owner = null;
                former = null;
                formerConnections = Map.of();
                handingOver = false;
                since = System.currentTimeMillis();
                ready = drain();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        run(ready);
    }

    /** Tells those that wait for this session of a change in it. */
    void stirred() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the session owns the devices.
     *
     * @return false when it never will, or not in time
     */
    boolean awaitOwner(DriverSession session) {
        long began = System.nanoTime();
        lock.lock();
        try {
            while (owner != session) {
                long left = session.mayWaitNanos(System.nanoTime() - began);
                if (left <= 0) {
                    return false;
                }
                changed.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes a call now, when the devices have an owner or nobody is about to take them over; else when that is settled.
     *
     * @param call given what it has to run when it is done, which a hand-over waits for
     */
    void whenSettled(Consumer<Runnable> call) {
        lock.lock();
        try {
            if (handingOver) {
                waiting.add(call);
                return;
            }
            callsInWork++;
        } finally {
            lock.unlock();
        }
        call.accept(this::callDone);
    }

    private void callDone() {
        lock.lock();
        try {
            if (--callsInWork == 0) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private List<Consumer<Runnable>> drain() {
        List<Consumer<Runnable>> ready = new ArrayList<>(waiting);
        waiting.clear();
        callsInWork += ready.size();
        return ready;
    }

    private void run(List<Consumer<Runnable>> ready) {
        ready.forEach(call -> call.accept(this::callDone));
    }
}
