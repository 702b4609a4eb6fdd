package io.margay.store;

import io.margay.store.backup.BackupException;
import io.margay.store.backup.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** All of the gateway's state as one file, and back. Works while the gateway does. Thread-safe. */
@ProviderType
public interface Backup {
    /**
     * Writes documents, artefacts, users and settings as they are at this moment. What is deployed or published meanwhile
     * is not in it.
     *
     * @param out is not closed
     */
    Manifest write(OutputStream out) throws IOException;

    /**
     * Checks a backup and keeps it; it takes the place of the state when the gateway starts the next time.
     *
     * @throws BackupException it is no backup, or is damaged; nothing has changed
     * @throws IOException there is no room, or it can't be read; nothing has changed
     */
    Manifest restore(InputStream backup) throws IOException;

    /** The backup that waits for the next start. */
    Optional<Manifest> waiting() throws IOException;

    /** Does without the backup that waits. */
    void cancel() throws IOException;
}
