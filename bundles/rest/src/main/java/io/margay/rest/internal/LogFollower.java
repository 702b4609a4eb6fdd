package io.margay.rest.internal;

import io.margay.telemetry.LogStore;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows the log. Records wait in a bounded queue; they are written without blocking, by one thread for
 * all clients, so that a client that reads slowly holds up neither the log nor the others. What does not fit is dropped,
 * counted, and told to the client as <code>{"dropped":N}</code>.
 */
final class LogFollower implements WriteListener, AsyncListener {
    private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);
    private static final int QUEUE = 2000;
    private static final byte[] EMPTY_LINE = {'\n'};

    private final AsyncContext async;
    private final ServletOutputStream out;
    private final ScheduledExecutorService thread;
    private final Consumer<LogFollower> whenEnded;
    private final BlockingQueue<LogStore.LogRecord> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();

    // Guarded by this.
    private final Queue<LogStore.LogRecord> backlog = new ArrayDeque<>();
    private AutoCloseable subscription;
    private Future<?> heartbeat;
    private long lastSequence = -1;
    private boolean writable;
    private boolean unflushed;

    LogFollower(
            AsyncContext async,
            ServletOutputStream out,
            ScheduledExecutorService thread,
            Consumer<LogFollower> whenEnded) {
        this.async = async;
        this.out = out;
        this.thread = thread;
        this.whenEnded = whenEnded;
    }

    /** Takes a record, from any thread, and returns at once. */
    void offer(LogStore.LogRecord logRecord) {
        if (!queue.offer(logRecord)) {
            dropped.incrementAndGet();
        }
        schedule();
    }

    /** Starts to write. */
    void begin(AutoCloseable toClose, List<LogStore.LogRecord> present, Duration every) {
        synchronized (this) {
            subscription = toClose;
            backlog.addAll(present);
            unflushed = true;
            long nanos = every.toNanos();
            heartbeat = thread.scheduleWithFixedDelay(this::beat, nanos, nanos, TimeUnit.NANOSECONDS);
        }
        async.addListener(this);
        out.setWriteListener(this);
    }

    private void schedule() {
        if (!ended.get() && scheduled.compareAndSet(false, true)) {
            try {
                thread.execute(() -> {
                    scheduled.set(false);
                    drain();
                });
            } catch (RejectedExecutionException e) {
                // The API is being stopped and ends its followers.
                LOG.trace("stopped", e);
            }
        }
    }

    @Override
    public void onWritePossible() {
        synchronized (this) {
            writable = true;
        }
        drain();
    }

    private void drain() {
        try {
            synchronized (this) {
                while (writable && !ended.get()) {
                    if (!out.isReady()) {
                        // onWritePossible comes when it is.
                        writable = false;
                        return;
                    }
                    byte[] line = next();
                    if (line != null) {
                        out.write(line);
                        unflushed = true;
                    } else if (unflushed) {
                        unflushed = false;
                        out.flush();
                    } else {
                        return;
                    }
                }
            }
        } catch (IOException | IllegalStateException e) {
            onError(e);
        }
    }

    /** The next line, null when there is none. */
    private byte[] next() {
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            return ("{\"dropped\":" + lost + "}\n").getBytes(StandardCharsets.UTF_8);
        }
        for (LogStore.LogRecord next = poll(); next != null; next = poll()) {
            if (next.sequence() > lastSequence) {
                lastSequence = next.sequence();
                return LogResource.line(next);
            }
        }
        return null;
    }

    private LogStore.LogRecord poll() {
        LogStore.LogRecord next = backlog.poll();
        return next != null ? next : queue.poll();
    }

    private void beat() {
        try {
            synchronized (this) {
                if (!writable || ended.get() || !out.isReady()) {
                    return;
                }
                out.write(EMPTY_LINE);
                unflushed = true;
            }
        } catch (IOException | IllegalStateException e) {
            onError(e);
            return;
        }
        drain();
    }

    @Override
    public void onError(Throwable thrown) {
        LOG.debug("a client that followed the log has gone", thrown);
        end();
    }

    /** Ends the answer; further calls do nothing. */
    void end() {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        whenEnded.accept(this);
        synchronized (this) {
            if (heartbeat != null) {
                heartbeat.cancel(false);
            }
            try {
                if (subscription != null) {
                    subscription.close();
                }
            } catch (Exception e) {
                LOG.warn("the log could not be let go of", e);
            }
        }
        try {
            async.complete();
        } catch (IllegalStateException e) {
            LOG.trace("the server has completed it before", e);
        }
    }

    @Override
    public void onComplete(AsyncEvent event) {
        end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        end();
    }

    @Override
    public void onError(AsyncEvent event) {
        end();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Nobody starts it again.
    }
}
