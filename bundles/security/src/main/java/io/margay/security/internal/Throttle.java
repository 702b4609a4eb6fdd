package io.margay.security.internal;

import java.util.function.LongSupplier;

/**
 * Slows guessing down: after five failures in a row each further one doubles the time in which no password is looked
 * at, up to a minute. Thread-safe.
 */
final class Throttle {
    private static final int FREE = 5;
    private static final long FIRST_NANOS = 1_000_000_000L;
    private static final long LONGEST_NANOS = 60_000_000_000L;

    private final LongSupplier nanos;
    private int failures;
    private long closedSince;
    private long closedFor;

    Throttle(LongSupplier nanos) {
        this.nanos = nanos;
    }

    synchronized boolean open() {
        return closedFor == 0 || nanos.getAsLong() - closedSince >= closedFor;
    }

    synchronized void succeeded() {
        failures = 0;
        closedFor = 0;
    }

    /** @return the seconds in which no password is looked at; 0 for none */
    synchronized long failed() {
        failures++;
        if (failures >= FREE) {
            closedSince = nanos.getAsLong();
            closedFor = Math.min(LONGEST_NANOS, FIRST_NANOS << Math.min(failures - FREE, 10));
        }
        return closedFor / 1_000_000_000L;
    }
}
