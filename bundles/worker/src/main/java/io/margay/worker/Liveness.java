package io.margay.worker;

import io.margay.model.Durations;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks workers now and then whether they are alive, and ends those that do not answer for {@value #PERIODS} periods: a process that
 * hangs as a whole is of no use, and ends by itself never. What is frozen is not asked, nor a function with a call in work, as
 * it may have the one thread of its language, and the call has a timeout. One thread for all, none without workers. Thread-safe.
 */
public final class Liveness implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Liveness.class);
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
    private final Set<Watched> all = new HashSet<>(); // under this
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
        synchronized (this) {
            if (closed) {
                return;
            }
            all.add(watched);
            if (thread == null) {
                begin();
            }
        }
        var unused = worker.exit().thenRun(() -> forget(watched));
    }

    private void begin() {
        Thread beginning = new Thread(null, this::run, "worker-liveness", 256 * 1024);
        beginning.setDaemon(true);
        try {
            beginning.start();
            thread = beginning;
        } catch (OutOfMemoryError e) { // there can be no more threads; the next worker tries again
            LOG.warn("Workers are not asked whether they are alive: {}", e.getMessage());
        }
    }

    private synchronized void forget(Watched watched) {
        if (all.remove(watched) && all.isEmpty()) {
            notifyAll();
        }
    }

    private void run() {
        try {
            for (List<Watched> due = awaitPeriod(); !due.isEmpty(); due = awaitPeriod()) {
                due.forEach(this::look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does but who ends the gateway
        }
    }

    /** @return whom to look at; nobody where the thread is to end */
    private synchronized List<Watched> awaitPeriod() throws InterruptedException {
        long until = System.nanoTime() + period.toNanos();
        for (long left = period.toNanos(); left > 0 && !closed && !all.isEmpty(); left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        if (closed || all.isEmpty()) {
            thread = null;
            return List.of();
        }
        return List.copyOf(all);
    }

    private void look(Watched watched) {
        SocketWorker worker = watched.worker;
        if (watched.asked.isDone() || worker.frozen().isPresent() || worker.isInCall()) {
            watched.periods = 0;
        } else {
            watched.periods++;
        }
        if (watched.periods == PERIODS) {
            forget(watched);
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
