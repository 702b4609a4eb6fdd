package io.margay.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** Files named by their SHA-256, in lower-case hexadecimal. What is returned is on disk. Thread-safe. */
@ProviderType
public interface ArtefactStore {
    /**
     * Keeps a file, streaming it.
     *
     * @param maxBytes refuse anything longer
     * @return the file's SHA-256
     * @throws TooLargeException it is longer; nothing is kept
     * @throws IOException nothing is kept
     */
    String put(InputStream content, long maxBytes) throws IOException;

    boolean contains(String sha256);

    /**
     * Finds a file and checks it against its digest.
     *
     * @throws IOException it is damaged, or can't be read; the message names it
     */
    Optional<Path> find(String sha256) throws IOException;

    /**
     * Removes all artefacts but these, and but those that were put or looked for in the last ten minutes: a deployment
     * that is about to come may refer to them.
     */
    void retain(Set<String> sha256s) throws IOException;

    /** The content is longer than allowed. */
    class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        public TooLargeException(String message) {
            super(message);
        }
    }
}
