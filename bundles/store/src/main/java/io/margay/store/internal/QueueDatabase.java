package io.margay.store.internal;

import io.margay.spi.StoredQueue.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import org.sqlite.SQLiteErrorCode;

/**
 * The entries of all queues in one SQLite file. The upper bits of an entry's key are its queue, so that those of one queue lie
 * together. Thread-safe: one does something at a time.
 */
final class QueueDatabase implements AutoCloseable {
    private static final int VERSION = 1;
    private static final int NUMBER_BITS = 40;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** One change of a queue. */
    sealed interface Change {
        record Add(long queue, long number, byte[] content) implements Change {}

        record Remove(long queue, long number) implements Change {}

        record Delete(long queue) implements Change {}
    }

    /**
     * A queue as it was found.
     *
     * @param token random, of this queue alone
     * @param last the greatest number that an entry ever had
     */
    record Found(long queue, String token, long last) {}

    private final Path file;
    private final Connection connection;

    private QueueDatabase(Path file, Connection connection) {
        this.file = file;
        this.connection = connection;
    }

    /** Opens it; one that is damaged is put aside, and one made with what can be read of it. */
    static QueueDatabase open(Path file) throws IOException {
        try {
            try {
                return new QueueDatabase(file, connect(file));
            } catch (SQLException e) {
                if (!Sqlite.isDamage(e)) {
                    throw e;
                }
                QueueSalvage.run(file, e.getMessage());
                return new QueueDatabase(file, connect(file));
            }
        } catch (SQLException e) {
            throw Sqlite.failed(file, "can't be opened", e);
        }
    }

    static Connection connect(Path file) throws IOException, SQLException {
        Connection connection = Sqlite.openAlone(file);
        try {
            check(connection);
            migrate(file, connection);
            return connection;
        } catch (SQLException | IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void check(Connection connection) throws SQLException {
        String found = Sqlite.ask(connection, "PRAGMA quick_check(1)");
        if (!found.equals("ok")) {
            throw new SQLException(found, "", SQLiteErrorCode.SQLITE_CORRUPT.code);
        }
    }

    private static void migrate(Path file, Connection connection) throws IOException, SQLException {
        int version = Integer.parseInt(Sqlite.ask(connection, "PRAGMA user_version"));
        if (version > VERSION) {
            throw new IOException(
                    file + " was written by a later version of Margay; start that one, or move the file away,"
                            + " and with it the messages that wait in it");
        }
        if (version == 0) {
            Sqlite.execute(connection, "BEGIN IMMEDIATE");
            Sqlite.execute(
                    connection,
                    "CREATE TABLE queue (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
                            + " token TEXT NOT NULL, last INTEGER NOT NULL)");
            Sqlite.execute(
                    connection,
                    "CREATE TABLE entry (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, content BLOB NOT NULL)");
            Sqlite.execute(connection, "PRAGMA user_version = " + VERSION);
            Sqlite.execute(connection, "COMMIT");
        }
    }

    /** Of an entry. */
    static long queueOf(long key) {
        return key >> NUMBER_BITS;
    }

    private static long key(long queue, long number) {
        return (queue << NUMBER_BITS) + number;
    }

    static boolean isWhole(byte[] content, long crc) {
        return content != null && crc(content) == crc;
    }

    private static long crc(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return crc.getValue();
    }

    synchronized List<String> names() throws IOException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name FROM queue")) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            return names;
        } catch (SQLException e) {
            throw failed("can't be read", e);
        }
    }

    /** Finds a queue, or makes it. Nothing is written where it is there: a disk that is full can be read. */
    synchronized Found find(String name) throws IOException {
        try {
            Optional<Found> found = select(name);
            if (found.isPresent()) {
                return found.get();
            }
            insert(name, HexFormat.of().toHexDigits(RANDOM.nextInt()), 0);
            return select(name).orElseThrow();
        } catch (SQLException e) {
            throw failed("can't be opened for " + name, e);
        }
    }

    private void insert(String name, String token, long last) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO queue VALUES (NULL, ?, ?, ?)")) {
            insert.setString(1, name);
            insert.setString(2, token);
            insert.setLong(3, last);
            insert.executeUpdate();
        }
    }

    private Optional<Found> select(String name) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id, token, last FROM queue WHERE name = ?")) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                if (!rows.next()) {
                    return Optional.empty();
                }
                long queue = rows.getLong(1);
                return Optional.of(new Found(queue, rows.getString(2), rows.getLong(3)));
            }
        }
    }

    private IOException failed(String what, SQLException e) {
        return Sqlite.isDamage(e)
                ? new IOException(
                        file + " is damaged (" + e.getMessage()
                                + "); start the gateway again, which saves what can be read",
                        e)
                : Sqlite.failed(file, what, e);
    }

    synchronized int count(long queue) throws IOException {
        try (PreparedStatement count =
                connection.prepareStatement("SELECT COUNT(*) FROM entry WHERE id BETWEEN ? AND ?")) {
            count.setLong(1, key(queue, 0));
            count.setLong(2, key(queue + 1, 0) - 1);
            try (ResultSet rows = count.executeQuery()) {
                return rows.next() ? rows.getInt(1) : 0;
            }
        } catch (SQLException e) {
            throw failed("can't be read", e);
        }
    }

    /**
     * @param most entries
     * @param bytes after which no more are read
     * @param damaged told the numbers of entries that are not what was written, which are left out
     */
    synchronized List<Entry> read(long queue, long after, int most, long bytes, LongConsumer damaged)
            throws IOException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id, crc, content FROM entry WHERE id BETWEEN ? AND ? ORDER BY id")) {
            select.setLong(1, key(queue, after) + 1);
            select.setLong(2, key(queue + 1, 0) - 1);
            List<Entry> entries = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                long size = 0;
                while (entries.size() < most && size < bytes && rows.next()) {
                    long number = rows.getLong(1) - key(queue, 0);
                    byte[] content = rows.getBytes(3);
                    if (isWhole(content, rows.getLong(2))) {
                        entries.add(new Entry(number, content));
                        size += content.length;
                    } else {
                        damaged.accept(number);
                    }
                }
            }
            return entries;
        } catch (SQLException e) {
            throw failed("can't be read", e);
        }
    }

    /** Makes all changes, in order, or none; they are on disk when this returns. */
    synchronized void write(List<Change> changes) throws IOException {
        try {
            Sqlite.execute(connection, "BEGIN IMMEDIATE");
            try {
                make(changes);
                Sqlite.execute(connection, "COMMIT");
            } catch (SQLException | RuntimeException e) {
                rollBack(e);
                throw e;
            }
        } catch (SQLException e) {
            throw failed("can't be written", e);
        }
    }

    private void rollBack(Exception cause) {
        try {
            Sqlite.execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            cause.addSuppressed(e); // SQLite may have done it by itself
        }
    }

    private void make(List<Change> changes) throws SQLException {
        Map<Long, Long> last = new HashMap<>();
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO entry VALUES (?, ?, ?)");
                PreparedStatement remove = connection.prepareStatement("DELETE FROM entry WHERE id = ?")) {
            for (Change change : changes) {
                if (change instanceof Change.Add add) {
                    insert(insert, key(add.queue(), add.number()), add.content());
                    last.put(add.queue(), add.number());
                } else if (change instanceof Change.Remove removed) {
                    remove.setLong(1, key(removed.queue(), removed.number()));
                    remove.executeUpdate();
                } else if (change instanceof Change.Delete deleted) {
                    delete(deleted.queue());
                }
            }
        }
        try (PreparedStatement update = connection.prepareStatement("UPDATE queue SET last = ? WHERE id = ?")) {
            for (Map.Entry<Long, Long> each : last.entrySet()) {
                update.setLong(1, each.getValue());
                update.setLong(2, each.getKey());
                update.executeUpdate();
            }
        }
    }

    private static void insert(PreparedStatement insert, long key, byte[] content) throws SQLException {
        insert.setLong(1, key);
        insert.setLong(2, crc(content));
        insert.setBytes(3, content);
        insert.executeUpdate();
    }

    private void delete(long queue) throws SQLException {
        Sqlite.execute(connection, "DELETE FROM queue WHERE id = " + queue);
        Sqlite.execute(
                connection, "DELETE FROM entry WHERE id BETWEEN " + key(queue, 0) + " AND " + (key(queue + 1, 0) - 1));
    }

    /** For tests: as on a disk that has no room for more. */
    synchronized void limitPages(int most) throws SQLException {
        Sqlite.execute(connection, "PRAGMA max_page_count = " + most);
    }

    @Override
    public synchronized void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw Sqlite.failed(file, "can't be closed", e);
        }
    }
}
