package io.margay.store.internal;

import io.margay.store.internal.Seal.Row;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents in one SQLite file. Each has a digest of its own and all have a {@link Seal}, as SQLite itself checks how its
 * pages hang together but not what is in them. Not thread-safe.
 */
final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private final Path file;
    private final Connection connection;
    private NavigableMap<String, Row> index;
    private Seal seal;

    private Database(Path file, Connection connection, NavigableMap<String, Row> index, Seal seal) {
        this.file = file;
        this.connection = connection;
        this.index = index;
        this.seal = seal;
    }

    /**
     * Opens a database to read and write; makes it where there is none, and brings it to the newest version.
     *
     * @throws DamagedException it is not what was written
     * @throws IOException it can't be opened, or is of a later version
     */
    static Database open(Path file, Migrations migrations) throws IOException {
        if (Files.exists(file)) {
            checkFormat(file);
        }
        return open(file, () -> {
            Connection connection = Sqlite.openAlone(file);
            try {
                check(file, connection);
                migrations.migrate(file, connection);
                return connection;
            } catch (SQLException | IOException | RuntimeException e) {
                connection.close();
                throw e;
            }
        });
    }

    /**
     * Makes a database, in the place of one that was left by a start that was interrupted, and closes it.
     *
     * @param sequence the number of the change that these documents are
     */
    static void make(Path file, Migrations migrations, Map<String, byte[]> documents, long sequence)
            throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + "-wal"));
        try (Database made = open(file, migrations)) {
            made.change(documents, Set.of(), sequence);
        }
    }

    /**
     * Opens a copy, to which nobody writes, to read it.
     *
     * @throws DamagedException it is not what was written, or documents are missing
     */
    static Database openCopy(Path file) throws IOException {
        return open(file, () -> {
            Connection connection = Sqlite.openToRead(file);
            try {
                check(file, connection);
                return connection;
            } catch (SQLException | IOException | RuntimeException e) {
                connection.close();
                throw e;
            }
        });
    }

    private interface Opening {
        Connection run() throws IOException, SQLException;
    }

    private static Database open(Path file, Opening opening) throws IOException {
        try {
            Connection connection = opening.run();
            try {
                NavigableMap<String, Row> index = index(connection);
                Seal seal = seal(file, connection);
                if (!seal.same(Seal.of(seal.sequence(), index))) {
                    throw new DamagedException(file + " has lost documents");
                }
                return new Database(file, connection, index, seal);
            } catch (SQLException | IOException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw Sqlite.isDamage(e)
                    ? new DamagedException(file + " is damaged: " + e.getMessage(), e)
                    : Sqlite.failed(file, "can't be opened", e);
        }
    }

    /** Two bytes tell how the file may be read and written. One that SQLite does not know makes it silently read-only. */
    private static void checkFormat(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] header = in.readNBytes(20);
            boolean known = header.length == 20 && header[18] == header[19] && (header[18] == 1 || header[18] == 2);
            if (header.length > 0 && !known) {
                throw new DamagedException(file + " is damaged: its header has an unknown format");
            }
        }
    }

    private static void check(Path file, Connection connection) throws SQLException, DamagedException {
        String found = Sqlite.ask(connection, "PRAGMA quick_check(1)");
        if (!"ok".equals(found)) {
            throw new DamagedException(file + " is damaged: " + found.replaceAll("\\s+", " "));
        }
    }

    private static NavigableMap<String, Row> index(Connection connection) throws SQLException {
        NavigableMap<String, Row> index = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name, sequence, digest FROM document")) {
            while (rows.next()) {
                index.put(rows.getString(1), new Row(rows.getLong(2), rows.getBytes(3)));
            }
        }
        return index;
    }

    private static Seal seal(Path file, Connection connection) throws SQLException, DamagedException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT sequence, documents, digest FROM seal")) {
            if (!rows.next()) {
                throw new DamagedException(file + " has lost its seal");
            }
            return new Seal(rows.getLong(1), rows.getLong(2), rows.getBytes(3));
        }
    }

    Seal seal() {
        return seal;
    }

    NavigableMap<String, Long> sequences() {
        return index.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().sequence(), (a, b) -> a, TreeMap::new));
    }

    /**
     * @throws DamagedException the document is not what was written
     */
    Optional<byte[]> read(String name) throws IOException {
        Row row = index.get(name);
        if (row == null) {
            return Optional.empty();
        }
        byte[] content = content(name);
        if (content == null || !row.isOf(name, content)) {
            throw new DamagedException("document " + name + " in " + file + " is damaged");
        }
        return Optional.of(content);
    }

    private byte[] content(String name) throws IOException {
        try (PreparedStatement select = connection.prepareStatement("SELECT content FROM document WHERE name = ?")) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? rows.getBytes(1) : null;
            }
        } catch (SQLException e) {
            if (Sqlite.isDamage(e)) {
                throw new DamagedException("document " + name + " in " + file + " is damaged: " + e.getMessage(), e);
            }
            throw Sqlite.failed(file, "can't be read", e);
        }
    }

    /** Reads each document. */
    void verify() throws IOException {
        for (String name : index.keySet()) {
            read(name);
        }
    }

    /** Writes and removes documents, all or nothing; on disk when it returns. */
    void change(Map<String, byte[]> written, Set<String> removed) throws IOException {
        change(written, removed, seal.sequence() + 1);
    }

    private void change(Map<String, byte[]> written, Set<String> removed, long sequence) throws IOException {
        NavigableMap<String, Row> newIndex = new TreeMap<>(index);
        removed.forEach(newIndex::remove);
        written.forEach((name, content) -> newIndex.put(name, Row.of(name, sequence, content)));
        Seal newSeal = Seal.of(sequence, newIndex);
        try {
            Sqlite.execute(connection, "BEGIN IMMEDIATE");
            try {
                remove(removed);
                for (Map.Entry<String, byte[]> entry : written.entrySet()) {
                    insert(entry.getKey(), newIndex.get(entry.getKey()), entry.getValue());
                }
                write(newSeal);
                Sqlite.execute(connection, "COMMIT");
            } catch (SQLException | RuntimeException | OutOfMemoryError e) {
                // Whatever it was: with a transaction left open nothing could be written any more.
                rollBack(e);
                throw e;
            }
        } catch (SQLException e) {
            throw Sqlite.failed(file, "can't be written", e);
        }
        index = newIndex;
        seal = newSeal;
        checkpoint();
    }

    private void remove(Set<String> names) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM document WHERE name = ?")) {
            for (String name : names) {
                delete.setString(1, name);
                delete.executeUpdate();
            }
        }
    }

    private void insert(String name, Row row, byte[] content) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)")) {
            insert.setString(1, name);
            insert.setLong(2, row.sequence());
            insert.setBytes(3, row.digest());
            insert.setBytes(4, content);
            insert.executeUpdate();
        }
    }

    private void write(Seal newSeal) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE seal SET sequence = ?, documents = ?, digest = ?")) {
            update.setLong(1, newSeal.sequence());
            update.setLong(2, newSeal.documents());
            update.setBytes(3, newSeal.digest());
            update.executeUpdate();
        }
    }

    private void rollBack(Throwable cause) {
        try {
            Sqlite.execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            // SQLite has rolled back by itself where the error was a serious one.
            cause.addSuppressed(e);
        }
    }

    /** The log is emptied at once: a bit that flips in it would silently take back what was written since. */
    private void checkpoint() {
        try {
            Sqlite.execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (SQLException e) {
            // It is in the log, and so on disk; the next change tries again.
            LOG.debug("{} keeps its log", file, e);
        }
    }

    /** Writes all of it to a file that must not exist yet; it is not forced to disk. */
    void copyTo(Path target) throws IOException {
        try (PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
            vacuum.setString(1, target.toString());
            vacuum.execute();
        } catch (SQLException e) {
            throw Sqlite.failed(target, "can't be written", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw Sqlite.failed(file, "can't be closed", e);
        }
    }
}
