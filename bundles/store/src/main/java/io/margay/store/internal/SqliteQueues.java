package io.margay.store.internal;

import io.margay.spi.StoredQueue;
import io.margay.spi.StoredQueues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Queues in a SQLite database of their own, which is not opened, nor made, before the first one is. */
@Component(service = StoredQueues.class, configurationPolicy = ConfigurationPolicy.IGNORE)
public final class SqliteQueues implements StoredQueues, AutoCloseable {
    static final String FILE = "queues.db";
    private static final Logger LOG = LoggerFactory.getLogger(SqliteQueues.class);

    private final Path file;
    private final Map<String, SqliteQueue> queues = new HashMap<>();
    private QueueDatabase database;
    private QueueWriter writer;
    private boolean closed;

    /** @param documents has loaded SQLite */
    @Activate
    public SqliteQueues(BundleContext context, @Reference SqliteDocumentStore documents) throws IOException {
        this(Homes.data(context));
    }

    /** @param data the folder of the file */
    public SqliteQueues(Path data) {
        file = data.resolve(FILE);
    }

    @Override
    public boolean any() {
        return Files.exists(file);
    }

    @Override
    public synchronized void retain(String prefix, Set<String> names) throws IOException {
        if (writer == null && !any()) {
            return;
        }
        open();
        for (String name : database.names()) {
            if (name.startsWith(prefix) && !names.contains(name)) {
                LOG.info("The queue {} is needed no more, and removed with what was in it", name);
                open(name).delete();
            }
        }
    }

    private void open() throws IOException {
        if (closed) {
            throw new IOException(file + " is closed, as the gateway stops");
        }
        if (writer == null) {
            database = QueueDatabase.open(file);
            writer = new QueueWriter(database);
        }
    }

    @Override
    public synchronized StoredQueue open(String name) throws IOException {
        open();
        SqliteQueue open = queues.get(name);
        if (open == null || open.isDeleted()) {
            if (open != null) {
                // Its deletion may still be waited for, and what is added to it before.
                database.write(List.of(open.deletion()));
            }
            open = new SqliteQueue(name, database.find(name), database, writer);
            queues.put(name, open);
        }
        return open;
    }

    @Override
    @Deactivate
    public synchronized void close() throws IOException {
        closed = true;
        if (writer != null) {
            writer.close();
        }
    }
}
