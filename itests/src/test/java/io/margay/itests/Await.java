package io.margay.itests;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a thing rather than for a time. */
final class Await {
    private Await() {}

    static void until(String what, Duration atMost, Callable<Boolean> condition) throws Exception {
        until(() -> what, atMost, condition);
    }

    static void until(Supplier<String> what, Duration atMost, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + atMost.toSeconds() + " s: " + what.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
