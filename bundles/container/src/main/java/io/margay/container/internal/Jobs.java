package io.margay.container.internal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** What is done on other threads, mostly as it waits for the engine. */
record Jobs(Executor executor) {
    void execute(Runnable work) {
        executor.execute(work);
    }

    void later(long millis, Runnable work) {
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, executor)
                .execute(work);
    }
}
