package io.margay.store;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** Small named documents. What has returned would survive a power cut. Thread-safe. */
@ProviderType
public interface DocumentStore {
    /**
     * @param name letters, digits, {@code - _ .}
     * @throws IOException it is damaged, or can't be read; the message names it
     */
    Optional<byte[]> read(String name) throws IOException;

    /**
     * Writes and removes several documents as one: after a crash, too, all of it has happened or nothing.
     *
     * @param written the new content of each
     * @param removed names, of which there need not be documents
     * @throws IOException nothing has changed
     */
    void change(Map<String, byte[]> written, Set<String> removed) throws IOException;

    /** {@link #change} of one document. */
    default void write(String name, byte[] content) throws IOException {
        change(Map.of(name, content), Set.of());
    }

    /** {@link #change} that removes one document. */
    default void delete(String name) throws IOException {
        change(Map.of(), Set.of(name));
    }

    /** The names of all documents that start so, damaged ones too, in order. */
    List<String> names(String prefix) throws IOException;
}
