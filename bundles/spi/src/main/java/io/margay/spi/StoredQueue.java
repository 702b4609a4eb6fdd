package io.margay.spi;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** A queue on disk. Entries are told apart by their number, which grows. Thread-safe. */
@ProviderType
public interface StoredQueue {
    /** @param content as it was added */
    record Entry(long number, byte[] content) {}

    /** Random, the same for as long as the queue is there: with a number it tells an entry from all others. */
    String id();

    /**
     * How many entries there are on disk, those included whose removal is not written yet.
     *
     * @throws IOException the disk can't be read
     */
    int size() throws IOException;

    /**
     * Adds an entry after those that were added before. Never blocks.
     *
     * @return completes with its number when it is on disk, or exceptionally with an {@link IOException}: then it is not kept. One
     *     after the other, in the order in which entries were added, as a rule on the thread that writes: what depends on it must be short
     */
    CompletableFuture<Long> add(byte[] content);

    /**
     * The first entries whose number is greater, in order. One that is damaged is left out, logged and removed.
     *
     * @param most entries
     * @param bytes of content after which no more are read; one entry is read in any case
     * @throws IOException the disk can't be read
     */
    List<Entry> read(long after, int most, long bytes) throws IOException;

    /**
     * Removes an entry, soon and without waiting for it: where the gateway is killed within the next tenth of a second, it is there
     * again.
     */
    void remove(long number);

    /** Removes the queue with all that is in it, soon. */
    void delete();
}
