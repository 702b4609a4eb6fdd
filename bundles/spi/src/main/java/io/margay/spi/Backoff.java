package io.margay.spi;

import java.time.Duration;

/**
 * How long to wait before the next try: from one second, doubling, five minutes at most; forgotten after ten minutes of
 * good running. Not thread-safe.
 */
public final class Backoff {
    static final Duration FIRST = Duration.ofSeconds(1);
    static final Duration LONGEST = Duration.ofMinutes(5);
    static final Duration GOOD = Duration.ofMinutes(10);

    private int failures;
    private int total;

    /**
     * Counts a failure.
     *
     * @param ranFor how long it had run before it failed
     * @return the time to wait
     */
    public Duration next(Duration ranFor) {
        if (ranFor.compareTo(GOOD) >= 0) {
            failures = 0;
        }
        // The first crash after a while is taken for an accident: try again at once.
        Duration wait = failures == 0 ? Duration.ZERO : FIRST.multipliedBy(1L << Math.min(failures - 1, 20));
        failures++;
        total++;
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }

    /** The failures so far say nothing of the next one. */
    public void forget() {
        failures = 0;
    }

    /** All failures so far, those forgotten too. */
    public int failures() {
        return total;
    }
}
