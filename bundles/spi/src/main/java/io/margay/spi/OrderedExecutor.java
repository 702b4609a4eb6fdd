package io.margay.spi;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks in order on one thread, which ends when it is idle. Whoever adds tasks faster than they are done is held back
 * rather than refused.
 */
public final class OrderedExecutor implements Executor, AutoCloseable {
    private static final int MOST_WAITING = 1000;

    private final ThreadPoolExecutor thread;

    public OrderedExecutor(String threadName) {
        thread = new ThreadPoolExecutor(
                1,
                1,
                5,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                task -> new Thread(task, threadName),
                OrderedExecutor::holdBack);
        thread.allowCoreThreadTimeOut(true);
    }

    private static void holdBack(Runnable task, ThreadPoolExecutor executor) {
        try {
            while (!executor.isShutdown()) {
                if (executor.getQueue().offer(task, 100, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
            throw new RejectedExecutionException("it was stopped");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RejectedExecutionException("interrupted", e);
        }
    }

    /** @throws RejectedExecutionException closed */
    @Override
    public void execute(Runnable task) {
        thread.execute(task);
    }

    /** Takes no more tasks, and returns when all are done or the time is over. */
    public void finish(long millis) {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(millis, TimeUnit.MILLISECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
