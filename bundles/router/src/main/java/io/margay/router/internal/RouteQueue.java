package io.margay.router.internal;

import io.margay.model.EdgeInstance;
import io.margay.model.WhenFull;
import io.margay.router.Routes.RouteStatus;
import io.margay.router.internal.Backlog.Waiting;
import io.margay.spi.Message;
import io.margay.spi.MessageTarget;
import io.margay.spi.MessageTarget.Outcome;
import io.margay.spi.StoredQueues;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One route's bounded queue: who gets in, and what becomes of what was handed over. */
final class RouteQueue implements StoredBacklog.Owner, Mover.Queue {
    /** How long a sender waits for room in a queue with {@link WhenFull#WAIT} before its message is dropped. */
    static final long WAIT_MILLIS = 10_000;

    /** What handled a message ended before it was done: after so many tries the message is given up. */
    static final int TRIES = 3;

    /** Names of queues on disk begin so. */
    static final String DISK = "route ";

    static final CompletableFuture<Boolean> KEPT = CompletableFuture.completedFuture(true);
    static final CompletableFuture<Boolean> REFUSED = CompletableFuture.completedFuture(false);

    private static final Logger LOG = LoggerFactory.getLogger(RouteQueue.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final StoredQueues queues;
    private final Mover mover = new Mover(this);
    private final LongAdder forwarded = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    private volatile EdgeInstance.Route route;
    private Backlog backlog;
    /** Of before the messages were taken to memory; null for none. */
    private StoredBacklog former;

    private boolean closed;
    private final long waitMillis;

    RouteQueue(EdgeInstance.Route route, StoredQueues queues) {
        this(route, queues, WAIT_MILLIS);
    }

    RouteQueue(EdgeInstance.Route route, StoredQueues queues, long waitMillis) {
        this.route = route;
        this.queues = queues;
        this.waitMillis = waitMillis;
        backlog = backlog(route);
    }

    private Backlog backlog(EdgeInstance.Route of) {
        return of.stored() ? new StoredBacklog(queues, of.name(), disk(of), this) : new MemoryBacklog();
    }

    /** One between others is another queue, which is to find nothing of this one. */
    static String disk(EdgeInstance.Route of) {
        return DISK + of.name() + ": " + of.source() + " -> " + of.target();
    }

    /** Whether this is, or was, the queue of a route, and not of one between others that has its name. */
    boolean isOf(EdgeInstance.Route other) {
        return disk(route).equals(disk(other));
    }

    @Override
    public Lock lock() {
        return lock;
    }

    /** Was being written to a queue on disk that is not used any more. */
    @Override
    public void late(Message message) {
        if (closed) {
            dropped.increment();
        } else {
            keep(message);
        }
    }

    @Override
    public void freed() {
        room.signal();
    }

    /** Adds one that was accepted before, for which no sender waits. Under the lock. */
    private void keep(Message message) {
        CompletableFuture<Boolean> added = backlog.add(message);
        if (added != KEPT) {
            // Not here, where the lock is held.
            added.thenAcceptAsync(kept -> {
                if (!kept) {
                    dropped.increment();
                    LOG.error(
                            "route {}: a message on {} was dropped, as it can't be kept on disk",
                            route.name(),
                            message.topic());
                }
                mover.move();
            });
        }
    }

    EdgeInstance.Route route() {
        return route;
    }

    /** Takes a changed filter, size or policy, or keeps messages elsewhere; those in the queue and the counters stay. */
    void change(EdgeInstance.Route changed) {
        lock.lock();
        try {
            if (changed.stored() != route.stored()) {
                moveTo(backlog(changed));
            }
            route = changed;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void moveTo(Backlog next) {
        Backlog old = backlog;
        backlog = next;
        for (Waiting each = old.poll(); each != null; each = old.poll()) {
            if (!next.takeOver(each)) {
                keep(each.message());
            }
        }
        if (!old.isEmpty()) {
            LOG.error(
                    "route {}: what can't be read of its queue is lost, unless the deployment is taken back",
                    route.name());
        }
        former = null;
        if (old instanceof StoredBacklog left) {
            left.leave();
            former = left;
        }
    }

    void connect(MessageTarget newTarget) {
        mover.connect(newTarget);
    }

    /**
     * @return for {@link #await}: false when the message is not kept, as the sender waited in vain or the disk can't be written
     */
    CompletableFuture<Boolean> offer(Message message) {
        CompletableFuture<Boolean> kept = admit(message);
        if (isSettled(kept)) {
            mover.move();
        }
        return kept;
    }

    private static boolean isSettled(CompletableFuture<Boolean> offered) {
        return offered == KEPT || offered == REFUSED;
    }

    private CompletableFuture<Boolean> admit(Message message) {
        lock.lock();
        try {
            if (backlog.size() >= route.queue() && !makeRoom()) {
                dropped.increment();
                return route.whenFull() == WhenFull.WAIT ? REFUSED : KEPT;
            }
            if (closed) {
                dropped.increment();
                return KEPT;
            }
            return backlog.add(message);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until a message that was offered is on disk, where it is to be, and moves it on.
     *
     * @return false also where the sender was interrupted meanwhile: then it may be kept all the same
     */
    boolean await(CompletableFuture<Boolean> offered) {
        if (isSettled(offered)) {
            return offered == KEPT;
        }
        try {
            boolean kept = offered.get();
            mover.move();
            return kept;
        } catch (InterruptedException e) {
            offered.thenRunAsync(mover::move);
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private boolean makeRoom() {
        switch (route.whenFull()) {
            case DROP_OLDEST:
                while (backlog.size() >= route.queue()) {
                    Waiting oldest = backlog.poll();
                    if (oldest == null) {
                        break; // all are being written
                    }
                    backlog.settled(oldest);
                    dropped.increment();
                }
                return true;
            case DROP_NEWEST:
                return false;
            default:
                return awaitRoom();
        }
    }

    private boolean awaitRoom() {
        long left = TimeUnit.MILLISECONDS.toNanos(waitMillis);
        try {
            while (!closed && backlog.size() >= route.queue()) {
                if (left <= 0) {
                    return false;
                }
                left = room.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public boolean hand(MessageTarget to, Waiting waiting) {
        Message message = waiting.message();
        try {
            return to.deliver(route.target(), message, outcome -> settle(waiting, outcome));
        } catch (RuntimeException e) {
            // One message that the target can't bear must not stop the route.
            LOG.error("route {}: a message on {} was dropped", route.name(), message.topic(), e);
            dropped.increment();
            waiting.from().settled(waiting);
            return true;
        }
    }

    private void settle(Waiting waiting, Outcome outcome) {
        if (outcome != Outcome.HANDLED && waiting.from().stored()) {
            handAgain(outcome == Outcome.LOST ? waiting.again() : waiting);
        } else {
            forwarded.increment();
            waiting.from().settled(waiting);
        }
    }

    private void handAgain(Waiting waiting) {
        if (waiting.tries() >= TRIES) {
            LOG.error(
                    "route {}: message {} on {} is given up: {} times what handled it ended before it was done",
                    route.name(),
                    waiting.message().id(),
                    waiting.message().topic(),
                    TRIES);
            dropped.increment();
            waiting.from().settled(waiting);
        } else if (putBack(waiting)) {
            mover.move();
        }
    }

    @Override
    public Waiting take() {
        lock.lock();
        try {
            Waiting waiting = backlog.poll();
            mover.inHand(waiting != null);
            if (waiting != null && route.whenFull() == WhenFull.WAIT) {
                room.signal();
            }
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** @return false when the route was removed meanwhile and the message is dropped */
    @Override
    public boolean putBack(Waiting waiting) {
        lock.lock();
        try {
            if (closed && !waiting.from().stored()) {
                dropped.increment();
                return false;
            }
            if (waiting.from() == backlog) {
                backlog.putBack(waiting);
            } else if (!backlog.takeOver(waiting)) {
                keep(waiting.message());
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void awaitReady(MessageTarget to) {
        to.whenReady(route.target(), mover::ready);
    }

    RouteStatus status() {
        lock.lock();
        try {
            return new RouteStatus(route, backlog.size() + mover.inHand(), forwarded.sum(), dropped.sum());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes no messages any more, hands none on, and lets waiting senders go. What waits in memory is dropped; what is stored stays, for a
     * deployment that is taken back, until {@link #forget}.
     *
     * @return how many messages are left, or were
     */
    int close() {
        mover.connect(null);
        lock.lock();
        try {
            closed = true;
            int left = backlog.size();
            if (!backlog.stored()) {
                dropped.add(left);
                backlog.close();
            }
            room.signalAll();
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** Goes on after {@link #close}, with what it had on disk. */
    void open(EdgeInstance.Route again) {
        lock.lock();
        try {
            closed = false;
        } finally {
            lock.unlock();
        }
        change(again);
    }

    /** The deployment is not taken back any more: what is of no use now goes from the disk. */
    void forget() {
        lock.lock();
        try {
            if (former != null) {
                former.close();
                former = null;
            }
            if (closed) {
                dropped.add(backlog.size());
                backlog.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
