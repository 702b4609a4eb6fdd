package io.margay.telemetry.internal;

import io.margay.telemetry.LogStore.LogRecord;
import io.margay.telemetry.LogStore.Query;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.slf4j.event.Level;

/**
 * Hands records to one consumer on a thread of its own, so that a slow one holds up nobody who logs. What it can't take
 * in time is left out, and it is told how much.
 */
final class Follower implements AutoCloseable {
    static final int QUEUE = 1000;

    private final Query query;
    private final Consumer<LogRecord> consumer;
    private final Consumer<Follower> onClose;
    private final ArrayDeque<LogRecord> queue = new ArrayDeque<>();
    private long dropped;
    private boolean closed;

    Follower(Query query, Consumer<LogRecord> consumer, Consumer<Follower> onClose) {
        this.query = query;
        this.consumer = consumer;
        this.onClose = onClose;
    }

    void start() {
        Thread thread = new Thread(this::run, "margay-log-follower");
        thread.setDaemon(true);
        thread.start();
    }

    /** Never waits. */
    synchronized void offer(LogRecord record) {
        if (!closed && LogRing.matches(query, record)) {
            if (queue.size() == QUEUE) {
                queue.removeFirst();
                dropped++;
            }
            queue.addLast(record);
            notifyAll();
        }
    }

    private void run() {
        try {
            LogRecord record;
            while ((record = next()) != null) {
                consumer.accept(record);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // A consumer that throws, as a closed connection does, has had enough.
            close();
        }
    }

    private synchronized LogRecord next() throws InterruptedException {
        while (queue.isEmpty() && !closed) {
            wait();
        }
        if (closed) {
            return null;
        }
        if (dropped > 0) {
            LogRecord first = queue.getFirst();
            String message = dropped + " lines were left out here, as they came faster than they were read";
            dropped = 0;
            return new LogRecord(
                    first.sequence() - 1,
                    first.time(),
                    Level.WARN,
                    first.workload(),
                    Follower.class.getName(),
                    message);
        }
        return queue.removeFirst();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            queue.clear();
            notifyAll();
        }
        onClose.accept(this);
    }
}
