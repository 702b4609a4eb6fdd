package io.margay.spi;

import java.io.IOException;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** Queues on the gateway's disk, which survive its end and a pulled plug. Thread-safe. */
@ProviderType
public interface StoredQueues {
    /**
     * Opens a queue with what it held before; makes it where there is none. Each is used by one owner at a time.
     *
     * @param name at most 1,000 characters
     * @throws IOException the disk can't be read or written, or the gateway stops; says which file, and what to do
     */
    StoredQueue open(String name) throws IOException;

    /**
     * Whether there is anything on disk at all. Where there is not, nothing has been opened. Opening the first one takes a tenth of a
     * second, and longer where much waits, as all of it is checked.
     */
    boolean any();

    /**
     * Removes all queues whose names begin so, but for these, soon.
     *
     * @throws IOException as for {@link #open}
     */
    void retain(String prefix, Set<String> names) throws IOException;
}
