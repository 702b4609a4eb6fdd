package io.margay.store.internal;

import io.margay.store.internal.QueueDatabase.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes changes in order. What comes while the disk is busy is written together next time, so that many who wait share one
 * write; removals, for which nobody waits, go with the next of those or a tenth of a second later.
 */
final class QueueWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueueWriter.class);
    private static final int MOST = 1000;
    private static final long MOST_BYTES = 4 << 20;
    private static final long LAZY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long CLOSE_MILLIS = 10_000;

    /**
     * @param change null for {@link #END}
     * @param written completes when it is on disk; null where nobody waits
     */
    private record Wish(Change change, CompletableFuture<Void> written) {
        boolean urgent() {
            return written != null;
        }
    }

    private static final Wish END = new Wish(null, null);

    private final QueueDatabase database;
    private final BlockingQueue<Wish> wishes = new LinkedBlockingQueue<>();
    /** Of a write that failed: nobody would ask for them again. */
    private final List<Change> again = new ArrayList<>();

    private final Thread thread = new Thread(this::run, "margay-queues");
    private boolean failing;
    private boolean closed;

    QueueWriter(QueueDatabase database) {
        this.database = database;
        thread.setDaemon(true);
        thread.start();
    }

    /** @return completes, on the thread that writes, when the change is on disk, or with an {@link IOException} */
    CompletableFuture<Void> write(Change change) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        if (!wish(new Wish(change, written))) {
            written.completeExceptionally(new IOException("the gateway stops"));
        }
        return written;
    }

    /** Soon. */
    void writeSoon(Change change) {
        if (!wish(new Wish(change, null))) {
            LOG.debug("{} is left to the next start", change);
        }
    }

    private synchronized boolean wish(Wish wish) {
        return !closed && wishes.add(wish);
    }

    private void run() {
        List<Wish> batch = new ArrayList<>();
        try {
            do {
                batch.clear();
                take(batch);
                write(batch);
            } while (!batch.contains(END));
        } catch (InterruptedException e) {
            LOG.error("Messages can't be kept on disk any more: somebody interrupted the thread that writes them", e);
        } finally {
            refuseTheRest(batch);
        }
    }

    /** Nobody is to wait for what nobody will write. */
    private void refuseTheRest(List<Wish> batch) {
        synchronized (this) {
            closed = true;
            wishes.drainTo(batch);
        }
        IOException why = new IOException("messages are not kept on disk any more");
        batch.stream().filter(Wish::urgent).forEach(wish -> wish.written()
                .completeExceptionally(why)); // without effect on those that are
    }

    private void take(List<Wish> batch) throws InterruptedException {
        Wish wish = wishes.take();
        long until = System.nanoTime() + LAZY_NANOS;
        boolean waited = false;
        long bytes = 0;
        while (wish != null) {
            batch.add(wish);
            waited |= wish.urgent() || wish.equals(END);
            bytes += wish.change() instanceof Change.Add add ? add.content().length : 0;
            if (batch.size() >= MOST || bytes >= MOST_BYTES) {
                return;
            }
            wish = waited ? wishes.poll() : wishes.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }

    private void write(List<Wish> batch) {
        List<Change> changes = new ArrayList<>(again);
        batch.stream().filter(wish -> !wish.equals(END)).map(Wish::change).forEach(changes::add);
        try {
            if (!changes.isEmpty()) {
                database.write(changes);
            }
            again.clear();
            failing = false;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            failed(batch, e);
            return;
        }
        batch.stream().filter(Wish::urgent).forEach(wish -> wish.written().complete(null));
    }

    private void failed(List<Wish> batch, Throwable e) {
        if (!failing) {
            failing = true;
            LOG.error(
                    "Messages can't be kept on disk; their senders are told until it works again: {}",
                    e.getMessage(),
                    e);
        }
        for (Wish wish : batch) {
            if (wish.urgent()) {
                wish.written().completeExceptionally(e);
            } else if (!wish.equals(END)) {
                again.add(wish.change());
            }
        }
    }

    /** Writes what is left. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            if (!closed) {
                wishes.add(END);
                closed = true;
            }
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        database.close();
    }
}
