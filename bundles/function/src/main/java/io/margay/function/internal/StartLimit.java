package io.margay.function.internal;

import io.margay.spi.WorkloadException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Lets only so many workers be started by calls at a time: of a hundred that one minute's timers start, each
 * would else take a hundred times as long, and none be ready in time. Thread-safe.
 */
final class StartLimit {
    private static final int EACH_PROCESSOR = 2;
    private static final long LOOK_MILLIS = 200;

    private final Semaphore places =
            new Semaphore(EACH_PROCESSOR * Runtime.getRuntime().availableProcessors(), true);

    /** A start. */
    @FunctionalInterface
    interface Start {
        void run() throws WorkloadException;
    }

    /**
     * Starts when there is a place.
     *
     * @param wanted asked now and then while there is none; when it is not wanted any more, it is not started
     */
    void run(BooleanSupplier wanted, Start start) throws WorkloadException {
        try {
            while (!places.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (!wanted.getAsBoolean()) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException("interrupted before it was started", e);
        }
        try {
            start.run();
        } finally {
            places.release();
        }
    }
}
