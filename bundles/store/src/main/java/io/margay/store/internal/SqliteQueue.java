package io.margay.store.internal;

import io.margay.spi.StoredQueue;
import io.margay.store.internal.QueueDatabase.Change;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One queue in the database. */
final class SqliteQueue implements StoredQueue {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteQueue.class);

    private final String name;
    private final String token;
    private final long id;
    private final QueueDatabase database;
    private final QueueWriter writer;
    private long last;
    private volatile boolean deleted;

    SqliteQueue(String name, QueueDatabase.Found found, QueueDatabase database, QueueWriter writer) {
        this.name = name;
        this.id = found.queue();
        token = found.token();
        this.database = database;
        this.writer = writer;
        last = found.last();
    }

    boolean isDeleted() {
        return deleted;
    }

    @Override
    public String id() {
        return token;
    }

    @Override
    public int size() throws IOException {
        return deleted ? 0 : database.count(id);
    }

    @Override
    public synchronized CompletableFuture<Long> add(byte[] content) {
        if (deleted) {
            return CompletableFuture.failedFuture(new IOException("the queue " + name + " was deleted"));
        }
        long number = ++last;
        return writer.write(new Change.Add(id, number, content)).thenApply(written -> number);
    }

    @Override
    public List<Entry> read(long after, int most, long bytes) throws IOException {
        return database.read(id, after, most, bytes, number -> {
            LOG.error("Message {} of the queue {} is damaged; it is lost", number, name);
            remove(number);
        });
    }

    @Override
    public void remove(long number) {
        if (!deleted) {
            writer.writeSoon(new Change.Remove(id, number));
        }
    }

    @Override
    public synchronized void delete() {
        if (!deleted) {
            deleted = true;
            writer.writeSoon(deletion());
        }
    }

    Change deletion() {
        return new Change.Delete(id);
    }
}
