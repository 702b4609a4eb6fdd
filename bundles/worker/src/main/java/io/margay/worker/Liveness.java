package io.margay.worker;

import io.margay.model.Durations;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Asks workers now and then whether they are alive, and ends those that do not answer for {@value #PERIODS} periods: a process that
 * hangs as a whole is of no use, and ends by itself never. What is frozen is not asked, nor a function with a call in work, as
 * it may have the one thread of its language, and the call has a timeout. One thread for all, from the first worker on. Thread-safe.
 */
public final class Liveness implements AutoCloseable {
    private static final String PROPERTY = "margay.liveness.period";
    private static final Duration STANDARD = Duration.ofSeconds(10);
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int PERIODS = 3;

    private static final class Watched {
        private final SocketWorker worker;
        private CompletableFuture<Object> asked = CompletableFuture.completedFuture(null);
        private int periods;

        private Watched(SocketWorker worker) {
            this.worker = worker;
        }
    }

    private final Duration period;
    private final Set<Watched> all = ConcurrentHashMap.newKeySet();
    private Thread thread; // under this
    private boolean closed; // under this

    /** @param period between two questions; zero for none at all */
    public Liveness(Duration period) {
        this.period = period;
    }

    /** @throws IllegalStateException {@code margay.liveness.period} is set to what it can't be */
    public static Liveness read(UnaryOperator<String> property) {
        String text = property.apply(PROPERTY);
        if (text == null || text.isBlank()) {
            return new Liveness(STANDARD);
        }
        Duration period;
        try {
            period = Durations.parse(text.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(PROPERTY + ": " + e.getMessage(), e);
        }
        if (!period.isZero() && (period.compareTo(SHORTEST) < 0 || period.compareTo(LONGEST) > 0)) {
            throw new IllegalStateException(PROPERTY + " is " + text + "; possible: " + Durations.text(SHORTEST)
                    + " to " + Durations.text(LONGEST) + ", or 0s, not to ask");
        }
        return new Liveness(period);
    }

    /** From now on, until it has ended. */
    public void watch(SocketWorker worker) {
        if (period.isZero()) {
            return;
        }
        Watched watched = new Watched(worker);
        all.add(watched);
        var unused = worker.exit().thenRun(() -> all.remove(watched));
        synchronized (this) {
            if (thread == null && !closed) {
                thread = new Thread(null, this::run, "worker-liveness", 256 * 1024);
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private void run() {
        try {
            while (awaitPeriod()) {
                all.forEach(this::look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does but who ends the gateway
        }
    }

    private synchronized boolean awaitPeriod() throws InterruptedException {
        long until = System.nanoTime() + period.toNanos();
        for (long left = period.toNanos(); left > 0 && !closed; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return !closed;
    }

    private void look(Watched watched) {
        SocketWorker worker = watched.worker;
        if (watched.asked.isDone() || worker.frozen().isPresent() || worker.isInCall()) {
            watched.periods = 0;
        } else {
            watched.periods++;
        }
        if (watched.periods == PERIODS) {
            all.remove(watched);
            worker.unhealthy("it did not answer for " + Durations.text(period.multipliedBy(PERIODS)));
        } else if (watched.asked.isDone()) {
            watched.asked = worker.ask();
        }
    }

    @Override
    public void close() throws InterruptedException {
        Thread ending;
        synchronized (this) {
            closed = true;
            notifyAll();
            ending = thread;
        }
        if (ending != null) {
            ending.join();
        }
    }
}
