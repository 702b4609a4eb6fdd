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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One route's bounded queue. Whoever adds a message, or tells that the target has room, moves messages on until the target
 * is busy; so there is no thread of its own and no hop more than the target needs.
 */
final class RouteQueue {
    /** How long a sender waits for room in a queue with {@link WhenFull#WAIT} before its message is dropped. */
    static final long WAIT_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(RouteQueue.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<Message> messages = new ArrayDeque<>();
    private final AtomicInteger moves = new AtomicInteger();
    private final LongAdder forwarded = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    private volatile EdgeInstance.Route route;
    private volatile MessageTarget target;

    /** The target was busy and will tell when it is ready; until then there is no use in asking it again. */
    private volatile boolean busy;

    /** Taken and not yet with the target, so that a message on its way is never seen nowhere. */
    private volatile int inHand;

    private boolean closed;
    private final long waitMillis;

    RouteQueue(EdgeInstance.Route route) {
        this(route, WAIT_MILLIS);
    }

    RouteQueue(EdgeInstance.Route route, long waitMillis) {
        this.route = route;
        this.waitMillis = waitMillis;
    }

    EdgeInstance.Route route() {
        return route;
    }

    /** Takes a changed filter, size or policy; the queue and the counters stay. */
    void change(EdgeInstance.Route changed) {
        lock.lock();
        try {
            route = changed;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void connect(MessageTarget newTarget) {
        target = newTarget;
        ready();
    }

    private void ready() {
        busy = false;
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
        long left = TimeUnit.MILLISECONDS.toNanos(waitMillis);
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
        if (busy || moves.getAndIncrement() != 0) {
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
        while (!busy) {
            Message message = take();
            if (message == null) {
                return;
            }
            boolean handed = hand(to, message);
            if (handed) {
                inHand = 0;
            } else {
                // Busy before it is asked to tell, as it may tell at once.
                busy = true;
                if (putBack(message)) {
                    to.whenReady(route.target(), this::ready);
                }
            }
        }
    }

    private boolean hand(MessageTarget to, Message message) {
        try {
            return to.deliver(route.target(), message, forwarded::increment);
        } catch (RuntimeException e) {
            // One message that the target can't bear must not stop the route.
            LOG.error("route {}: a message on {} was dropped", route.name(), message.topic(), e);
            dropped.increment();
            return true;
        }
    }

    private Message take() {
        lock.lock();
        try {
            Message message = messages.pollFirst();
            inHand = message == null ? 0 : 1;
            if (message != null && route.whenFull() == WhenFull.WAIT) {
                room.signal();
            }
            return message;
        } finally {
            lock.unlock();
        }
    }

    /** @return false when the route was removed meanwhile and the message is dropped */
    private boolean putBack(Message message) {
        lock.lock();
        try {
            inHand = 0;
            if (closed) {
                dropped.increment();
                return false;
            }
            messages.addFirst(message);
            return true;
        } finally {
            lock.unlock();
        }
    }

    RouteStatus status() {
        lock.lock();
        try {
            return new RouteStatus(route, messages.size() + inHand, forwarded.sum(), dropped.sum());
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
