package io.margay.router.internal;

import io.margay.model.EdgeInstance;
import io.margay.model.WhenFull;
import io.margay.router.Routes.RouteStatus;
import io.margay.spi.Message;
import io.margay.spi.MessageTarget;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One route's bounded queue. Whoever adds a message, or tells that the target has room, moves messages on until the target
 * is busy; so there is no thread of its own and no hop more than the target needs.
 */
final class RouteQueue {
    /** How long a sender waits for room in a queue with {@link WhenFull#WAIT} before its message is dropped. */
    static final long WAIT_MILLIS = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<Message> messages = new ArrayDeque<>();
    private final AtomicInteger moves = new AtomicInteger();
    private final LongAdder forwarded = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    private volatile EdgeInstance.Route route;
    private volatile MessageTarget target;
    private boolean closed;

    RouteQueue(EdgeInstance.Route route) {
        this.route = route;
    }

    EdgeInstance.Route route() {
        return route;
    }

    /** Takes a changed filter, size or policy; the queue and the counters stay. */
    void change(EdgeInstance.Route changed) {
        route = changed;
    }

    void connect(MessageTarget newTarget) {
        target = newTarget;
        move();
    }

    /** @return false when the sender waited in vain and the message was dropped */
    boolean offer(Message message) {
        lock.lock();
        try {
            if (messages.size() >= route.queue() && !makeRoom()) {
                dropped.increment();
                return route.whenFull() != WhenFull.WAIT;
            }
            if (closed) {
                dropped.increment();
                return true;
            }
            messages.addLast(message);
        } finally {
            lock.unlock();
        }
        move();
        return true;
    }

    private boolean makeRoom() {
        switch (route.whenFull()) {
            case DROP_OLDEST:
                while (messages.size() >= route.queue()) {
                    messages.removeFirst();
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
        long left = TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS);
        try {
            while (!closed && messages.size() >= route.queue()) {
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

    /** Hands messages on until there are none or the target is busy. Only one thread at a time moves; the others leave a note. */
    private void move() {
        if (moves.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            MessageTarget to = target;
            if (to != null) {
                moveAll(to);
            }
            seen = moves.addAndGet(-seen);
        } while (seen != 0);
    }

    private void moveAll(MessageTarget to) {
        while (true) {
            Message message = take();
            if (message == null) {
                return;
            }
            if (!to.deliver(route.target(), message, forwarded::increment)) {
                putBack(message);
                to.whenReady(route.target(), this::move);
                return;
            }
        }
    }

    private Message take() {
        lock.lock();
        try {
            Message message = messages.pollFirst();
            if (message != null && route.whenFull() == WhenFull.WAIT) {
                room.signal();
            }
            return message;
        } finally {
            lock.unlock();
        }
    }

    private void putBack(Message message) {
        lock.lock();
        try {
            messages.addFirst(message);
        } finally {
            lock.unlock();
        }
    }

    RouteStatus status() {
        lock.lock();
        try {
            return new RouteStatus(route, messages.size(), forwarded.sum(), dropped.sum());
        } finally {
            lock.unlock();
        }
    }

    /** Drops what is left and lets waiting senders go. */
    int close() {
        lock.lock();
        try {
            closed = true;
            int left = messages.size();
            dropped.add(left);
            messages.clear();
            room.signalAll();
            return left;
        } finally {
            lock.unlock();
        }
    }
}
