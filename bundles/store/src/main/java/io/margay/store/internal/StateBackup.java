package io.margay.store.internal;

import io.margay.store.Backup;
import io.margay.store.backup.BackupWriter;
import io.margay.store.backup.Manifest;
import io.margay.store.backup.Restore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Backups of the gateway's home. */
@Component(service = Backup.class, configurationPolicy = ConfigurationPolicy.IGNORE)
public final class StateBackup implements Backup {
    private static final Logger LOG = LoggerFactory.getLogger(StateBackup.class);

    private final Path home;
    private final String version;
    private final SqliteDocumentStore documents;
    private final FileArtefactStore artefacts;

    @Activate
    public StateBackup(
            BundleContext context, @Reference SqliteDocumentStore documents, @Reference FileArtefactStore artefacts) {
        this(Homes.home(context), context.getProperty("margay.version"), documents, artefacts);
    }

    StateBackup(Path home, String version, SqliteDocumentStore documents, FileArtefactStore artefacts) {
        this.home = home;
        this.version = version;
        this.documents = documents;
        this.artefacts = artefacts;
    }

    @Override
    public synchronized Manifest write(OutputStream out) throws IOException {
        Path state = home.resolve("data/state.db~backup");
        // No artefact goes that the state may need.
        try (FileArtefactStore.Hold hold = artefacts.hold()) {
            documents.copyTo(state);
            BackupWriter writer = new BackupWriter(out, version, Migrations.NEWEST);
            writer.add("data/" + SqliteDocumentStore.FILE, state);
            for (Path file : files(home.resolve("data"), 1)) {
                writer.add(home.relativize(file).toString(), file);
            }
            for (Path file : files(home.resolve("conf"), Integer.MAX_VALUE)) {
                writer.add(home.relativize(file).toString(), file);
            }
            for (String sha256 : hold.all()) {
                Optional<Path> file = whole(sha256);
                if (file.isPresent()) {
                    writer.add("data/artefacts/" + sha256, file.get());
                }
            }
            return writer.finish();
        } finally {
            Files.deleteIfExists(state);
        }
    }

    /** Of users and settings; the database is copied, not read. Messages on their way are of now, not of when it is restored. */
    private static List<Path> files(Path folder, int depth) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.walk(folder, depth)) {
                files.filter(Files::isRegularFile)
                        .filter(file -> !file.getFileName().toString().startsWith(SqliteDocumentStore.FILE))
                        .filter(file -> !file.getFileName().toString().startsWith(SqliteQueues.FILE))
                        .filter(file -> !file.getFileName().toString().endsWith("~"))
                        .sorted()
                        .forEach(found::add);
            }
        }
        return found;
    }

    private Optional<Path> whole(String sha256) {
        try {
            return artefacts.find(sha256);
        } catch (IOException e) {
            LOG.warn("The backup goes without an artefact: {}", e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public synchronized Manifest restore(InputStream backup) throws IOException {
        Manifest manifest = Restore.stage(backup, home);
        LOG.info("The backup of {} takes the place of the state at the next start", manifest.created());
        return manifest;
    }

    @Override
    public Optional<Manifest> waiting() throws IOException {
        return Restore.waiting(home);
    }

    @Override
    public synchronized void cancel() throws IOException {
        Restore.cancel(home);
    }
}
