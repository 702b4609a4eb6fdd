package io.margay.function.internal;

import java.util.function.BooleanSupplier;

/** Waiting with a deadline. */
final class Monitors {
    private Monitors() {}

    /**
     * Waits until it is so. Who makes it so calls {@code notifyAll}.
     *
     * @param monitor held by the caller; let go of while waiting
     * @param deadline of {@link System#nanoTime()}
     * @return false when it is not so by then, or the thread was interrupted, which it then is again
     */
    static boolean await(Object monitor, BooleanSupplier done, long deadline) {
        try {
            while (!done.getAsBoolean()) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                monitor.wait(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
