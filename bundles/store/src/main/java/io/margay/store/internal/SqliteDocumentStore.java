package io.margay.store.internal;

import io.margay.store.DocumentStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents in a SQLite database, and beside it a copy of the whole, a second behind, from which it is repaired when it is
 * damaged.
 */
@Component(
        service = {DocumentStore.class, SqliteDocumentStore.class},
        configurationPolicy = ConfigurationPolicy.IGNORE)
public final class SqliteDocumentStore implements DocumentStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteDocumentStore.class);
    static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,200}");
    static final String FILE = "state.db";
    /** Changes come in bursts. */
    private static final Duration COPY_AFTER = Duration.ofSeconds(1);
    /** When the gateway is up and has less to do. */
    private static final Duration CHECK_AFTER = Duration.ofSeconds(20);

    private final Path file;
    private final Path copy;
    private final Database database;
    private final ScheduledThreadPoolExecutor executor;
    private ScheduledFuture<?> copying;
    private boolean changed;

    @Activate
    public SqliteDocumentStore(BundleContext context) throws IOException {
        this(Homes.data(context), Homes.cache(context));
    }

    SqliteDocumentStore(Path data, Path cache) throws IOException {
        NativeLibrary.prepare(cache);
        this.file = data.resolve(FILE);
        this.copy = data.resolve(FILE + "~");
        this.database = open(data);
        this.executor = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "margay-store"));
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setRemoveOnCancelPolicy(true);
        executor.schedule(this::checkCopy, CHECK_AFTER.toMillis(), TimeUnit.MILLISECONDS);
        if (changed) {
            copy();
        }
    }

    private Database open(Path data) throws IOException {
        Migrations migrations = new Migrations();
        if (isEmpty(file)) {
            if (Files.exists(copy)) {
                return repaired(migrations, new IOException(file + " is missing or empty"));
            } else {
                return begin(data.resolve("documents"), migrations);
            }
        }
        try {
            return Database.open(file, migrations);
        } catch (DamagedException e) {
            return repaired(migrations, e);
        }
    }

    private Database repaired(Migrations migrations, IOException damage) throws IOException {
        new Repair(file, copy, migrations).run(damage);
        // The copy is an older one, and what is changed from now on must survive the next damage too.
        changed = true;
        return Database.open(file, migrations);
    }

    private static boolean isEmpty(Path file) throws IOException {
        return !Files.exists(file) || Files.size(file) == 0;
    }

    /** A new database, with the documents of a Margay that kept them in files. */
    private Database begin(Path former, Migrations migrations) throws IOException {
        Map<String, byte[]> documents = FileDocuments.read(former);
        if (!documents.isEmpty()) {
            // Beside it first: a database that is there counts, whatever is in it.
            Path beside = file.resolveSibling(FILE + "~begin");
            Database.make(beside, migrations, documents, 1);
            Durable.rename(beside, file);
            Path kept = former.resolveSibling(former.getFileName() + ".former");
            Durable.rename(former, kept);
            LOG.info("{} documents were taken over from {}; they are kept in {}", documents.size(), former, kept);
        }
        return Database.open(file, migrations);
    }

    @Override
    public synchronized Optional<byte[]> read(String name) throws IOException {
        check(name);
        try {
            return database.read(name);
        } catch (DamagedException e) {
            return Optional.of(mend(name, e));
        }
    }

    /** Takes a damaged document from the copy, where that has the very same. */
    private byte[] mend(String name, DamagedException damage) throws IOException {
        long sequence = database.sequences().get(name);
        try (Database good = Database.openCopy(copy)) {
            if (Long.valueOf(sequence).equals(good.sequences().get(name))) {
                byte[] content = good.read(name).orElseThrow();
                database.change(Map.of(name, content), Set.of());
                LOG.error("{}; it was repaired from {}", damage.getMessage(), copy);
                return content;
            }
        } catch (IOException e) {
            damage.addSuppressed(e);
        }
        throw new IOException(
                damage.getMessage() + ", and the copy does not have it; restore a backup with 'margay restore'",
                damage);
    }

    @Override
    public synchronized void change(Map<String, byte[]> written, Set<String> removed) throws IOException {
        written.keySet().forEach(SqliteDocumentStore::check);
        removed.forEach(SqliteDocumentStore::check);
        database.change(written, removed);
        changed = true;
        if (copying == null || copying.isDone()) {
            copying = executor.schedule(this::copy, COPY_AFTER.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public synchronized List<String> names(String prefix) {
        return database.sequences().keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .toList();
    }

    /** Writes the whole database, checked, to a file that is replaced as a whole. */
    synchronized void copyTo(Path target) throws IOException {
        Path temporary = target.resolveSibling(target.getFileName() + "~tmp");
        try {
            Files.deleteIfExists(temporary);
            Durable.create(temporary).close();
            database.copyTo(temporary);
            try (Database written = Database.openCopy(temporary)) {
                written.verify();
            }
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Durable.rename(temporary, target);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private synchronized void copy() {
        try {
            copyTo(copy);
            changed = false;
        } catch (IOException e) {
            LOG.error("The copy {} can't be made, so that a damaged database could not be repaired", copy, e);
        }
    }

    /** A copy may be behind where the gateway was killed, and may be damaged itself. */
    private synchronized void checkCopy() {
        try (Database good = Database.openCopy(copy)) {
            good.verify();
            if (good.seal().same(database.seal())) {
                return;
            }
        } catch (IOException e) {
            LOG.debug("The copy {} is made anew", copy, e);
        }
        copy();
    }

    private static void check(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no name of a document: 1 to 200 of letters, digits and - _ .");
        }
    }

    @Override
    @Deactivate
    public void close() throws IOException {
        synchronized (this) {
            // Not before: a change that comes meanwhile would be made and fail all the same.
            executor.shutdown();
            if (changed) {
                copy();
            }
            database.close();
        }
    }
}
