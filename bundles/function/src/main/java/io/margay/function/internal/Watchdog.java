package io.margay.function.internal;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends calls at their deadlines. One thread for all functions, which sleeps until the earliest deadline it was told of, so
 * that a call that is in time costs no more than a comparison.
 */
final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final long RETRY_NANOS = 1_000_000_000;

    private final LongUnaryOperator expire;
    private final Thread thread = new Thread(this::run, "function watchdog");
    private volatile long wakeAt = Call.NO_DEADLINE;
    private volatile boolean closed;

    /** @param expire given the time, ends what is over and returns the next deadline, {@link Call#NO_DEADLINE} for none */
    Watchdog(LongUnaryOperator expire) {
        this.expire = expire;
        thread.setDaemon(true);
        thread.start();
    }

    /** Sees to it that the watchdog is awake at a deadline. */
    void watch(long deadline) {
        if (deadline == Call.NO_DEADLINE) {
            return;
        }
        long planned = wakeAt;
        if (planned == Call.NO_DEADLINE || deadline - planned < 0) {
            synchronized (this) {
                if (wakeAt == Call.NO_DEADLINE || deadline - wakeAt < 0) {
                    wakeAt = deadline;
                    LockSupport.unpark(thread);
                }
            }
        }
    }

    private void run() {
        while (!closed) {
            long planned = wakeAt;
            long now = System.nanoTime();
            if (planned == Call.NO_DEADLINE) {
                LockSupport.park(this);
            } else if (planned - now > 0) {
                LockSupport.parkNanos(this, planned - now);
            } else {
                synchronized (this) {
                    wakeAt = Call.NO_DEADLINE;
                }
                watch(next(now));
            }
        }
    }

    private long next(long now) {
        try {
            return expire.applyAsLong(now);
        } catch (RuntimeException e) {
            // Whatever is wrong with one call, the others still need their deadlines.
            LOG.error("deadlines could not be looked at; tried again in a second", e);
            return now + RETRY_NANOS;
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
