package io.margay.bench;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Holds one sender back while too many of its messages were not handled yet. */
final class Outstanding {
    private final int window;
    private final AtomicLong handled = new AtomicLong();
    private volatile Thread waiting;
    private volatile long wanted;
    private long sent;

    Outstanding(int window) {
        this.window = window;
    }

    /** Waits until half of the window is free when it is full, so that the threads don't take turns for each message. */
    void beforeSend() {
        if (sent - handled.get() >= window) {
            await(sent - window / 2);
        }
        sent++;
    }

    void awaitAll() {
        await(sent);
    }

    private void await(long count) {
        wanted = count;
        waiting = Thread.currentThread();
        while (handled.get() < count) {
            LockSupport.park(this);
        }
        waiting = null;
    }

    /** Called by whoever handles, on one thread at a time. */
    void handled() {
        long now = handled.incrementAndGet();
        Thread sender = waiting;
        if (sender != null && now >= wanted) {
            LockSupport.unpark(sender);
        }
    }

    long sent() {
        return sent;
    }
}
