package io.margay.itests;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a thing rather than for a time. */
final class Await {
    /** How many times as long as on other machines things may take on this one: {@code -Dmargay.slow}. */
    private static final int SLOW = Integer.getInteger("margay.slow", 1);

    private Await() {}

    /** @param usual how long to wait at most, where the machine is none of the slow ones */
    static Duration patience(Duration usual) {
        return usual.multipliedBy(SLOW);
    }

    static void until(String what, Duration atMost, Callable<Boolean> condition) throws Exception {
        until(() -> what, atMost, condition);
    }

    static void until(Supplier<String> what, Duration atMost, Callable<Boolean> condition) throws Exception {
        Duration patience = patience(atMost);
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + patience.toSeconds() + " s: " + what.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
