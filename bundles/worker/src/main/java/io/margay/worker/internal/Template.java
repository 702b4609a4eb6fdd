package io.margay.worker.internal;

import java.util.concurrent.TimeUnit;

/** A process that was started before it is wanted, so that a worker need not wait for its interpreter. */
interface Template extends AutoCloseable {
    /** Its process. */
    long pid();

    /** Whether it can be used still. */
    boolean isAlive();

    /** It is not wanted any more: it ends as soon as nothing needs it. */
    default void retire() {
        close();
    }

    /** Ends it and waits until it is gone; workers that came from it go on. */
    @Override
    void close();

    /** Ends a process and waits a while for that. */
    static void end(Process process) {
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
