package io.margay.spi.driver;

import io.margay.api.driver.DeviceHandler;
import io.margay.model.DeviceId;
import io.margay.spi.CleanThreads;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Calls a JVM driver's handlers: for one device one call at a time, several devices side by side. */
final class DeviceThreads implements AutoCloseable {
    private static final int MOST_THREADS = 8;
    private static final int MOST_WAITING = 1000;

    private final ThreadPoolExecutor pool;

    private final Set<SerialCalls> devices = ConcurrentHashMap.newKeySet();

    DeviceThreads(String driver, CleanThreads threads) {
        pool = new ThreadPoolExecutor(
                MOST_THREADS,
                MOST_THREADS,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads.factory("driver " + driver + " call"));
        pool.allowCoreThreadTimeOut(true);
    }

    DeviceCalls calls(DeviceId device, DeviceHandler handler) {
        SerialCalls made = new SerialCalls(device, handler);
        devices.add(made);
        return made;
    }

    @Override
    public void close() {
        pool.shutdownNow();
        devices.forEach(SerialCalls::close);
    }

    private final class SerialCalls implements DeviceCalls {
        private final DeviceId device;
        private final DeviceHandler handler;
        private final ArrayDeque<Task<?>> waiting = new ArrayDeque<>();
        private Task<?> current;

        SerialCalls(DeviceId device, DeviceHandler handler) {
            this.device = device;
            this.handler = handler;
        }

        @Override
        public CompletableFuture<Map<String, Object>> get(List<String> properties, Duration left) {
            return submit(() -> handler.get(properties));
        }

        @Override
        public CompletableFuture<Void> set(Map<String, ?> values, Duration left) {
            return submit(() -> {
                handler.set(new HashMap<>(values));
                return null;
            });
        }

        @Override
        public CompletableFuture<Map<String, Object>> call(String service, Map<String, ?> input, Duration left) {
            return submit(() -> handler.call(service, new HashMap<>(input)));
        }

        private <T> CompletableFuture<T> submit(Callable<T> work) {
            Task<T> task = new Task<>(work);
            synchronized (waiting) {
                if (waiting.size() >= MOST_WAITING) {
                    task.completeExceptionally(new IllegalStateException(
                            MOST_WAITING + " calls wait for device " + device + " already; try again later"));
                    return task;
                }
                waiting.addLast(task);
                if (current != null) {
                    return task;
                }
                current = task;
            }
            next();
            return task;
        }

        private void next() {
            Task<?> task;
            synchronized (waiting) {
                task = waiting.pollFirst();
                current = task;
            }
            if (task == null) {
                return;
            }
            try {
                pool.execute(() -> {
                    task.run();
                    next();
                });
            } catch (RejectedExecutionException e) {
                close();
            }
        }

        /** Fails what is not done: the pool that would do it is no more. */
        private void close() {
            List<Task<?>> left;
            synchronized (waiting) {
                left = new ArrayList<>(waiting);
                waiting.clear();
                if (current != null) {
                    left.add(current);
                    current = null;
                }
            }
            left.forEach(task -> task.completeExceptionally(new IllegalStateException("the driver was stopped")));
        }
    }

    /** A call that can be cancelled, which interrupts the handler. */
    private static final class Task<T> extends CompletableFuture<T> {
        private final Callable<T> work;
        private Thread thread;

        Task(Callable<T> work) {
            this.work = work;
        }

        void run() {
            synchronized (this) {
                if (isDone()) {
                    return;
                }
                thread = Thread.currentThread();
            }
            try {
                T value = work.call();
                complete(value);
            } catch (Throwable e) { // an author's Error must not stop the calls that come after
                completeExceptionally(e);
            } finally {
                synchronized (this) {
                    thread = null;
                    // A cancellation may come just after the work; it must not hit the next call on this thread.
                    Thread.interrupted();
                }
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = completeExceptionally(new CancellationException());
            synchronized (this) {
                if (cancelled && thread != null) {
                    thread.interrupt();
                }
            }
            return cancelled;
        }
    }
}
