package io.margay.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Small named documents, each replaced as a whole or not at all. Thread-safe. */
@ProviderType
public interface DocumentStore {
    /**
     * @param name letters, digits, {@code - _ .}
     * @throws IOException it is damaged, or can't be read; the message names the file
     */
    Optional<byte[]> read(String name) throws IOException;

    /** Returns when the document would survive a power cut. */
    void write(String name, byte[] content) throws IOException;

    void delete(String name) throws IOException;

    /** The names of all documents that start so, damaged ones too, in order. */
    List<String> names(String prefix) throws IOException;
}
