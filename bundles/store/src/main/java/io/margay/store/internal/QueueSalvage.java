package io.margay.store.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves what can be read of a {@link QueueDatabase} that is damaged. */
final class QueueSalvage {
    private static final Logger LOG = LoggerFactory.getLogger(QueueSalvage.class);

    private interface Row {
        void take(ResultSet row) throws SQLException;
    }

    private final Connection to;
    private final Set<Long> queues = new HashSet<>();
    private int saved;

    private QueueSalvage(Connection to) {
        this.to = to;
    }

    /**
     * Puts a damaged file aside, and a whole one with what can be read of it in its place. Where that is interrupted it begins anew at the
     * next start.
     */
    static void run(Path file, String damage) throws IOException, SQLException {
        Path made = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(made);
        Files.deleteIfExists(log(made));
        int saved;
        try (Connection to = QueueDatabase.connect(made)) {
            QueueSalvage salvage = new QueueSalvage(to);
            salvage.copy(file);
            saved = salvage.saved;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        String kept = keep(file, file.resolveSibling(file.getFileName() + ".damaged"));
        Files.deleteIfExists(log(file)); // first: it is none of the file that comes
        Durable.rename(made, file);
        LOG.error(
                "{} is damaged ({}): {} messages could be saved, others that waited in it are lost; {}",
                file,
                damage,
                saved,
                kept);
    }

    private static String keep(Path file, Path aside) {
        try {
            Files.copy(file, aside, StandardCopyOption.REPLACE_EXISTING);
            Files.deleteIfExists(log(aside));
            if (Files.exists(log(file))) {
                Files.copy(log(file), log(aside));
            }
            return "it is kept as " + aside;
        } catch (IOException e) {
            return "it can't be kept: " + e;
        }
    }

    private static Path log(Path file) {
        return file.resolveSibling(file.getFileName() + "-wal");
    }

    /** Takes over what can be read, from the front, and from the back up to what can't. */
    private void copy(Path damaged) throws SQLException {
        Sqlite.execute(to, "BEGIN IMMEDIATE");
        try (Connection from = Sqlite.open(damaged)) {
            read(from, "SELECT id, name, token, last FROM queue ORDER BY id", this::takeQueue);
            for (String order : new String[] {"ASC", "DESC"}) {
                read(from, "SELECT id, crc, content FROM entry ORDER BY id " + order, this::takeEntry);
            }
        } catch (SQLException e) {
            LOG.debug("{} can't be opened", damaged, e);
        }
        Sqlite.execute(to, "COMMIT");
    }

    private void takeQueue(ResultSet row) throws SQLException {
        if (row.getString(2) != null && row.getString(3) != null) {
            put(
                    "INSERT OR IGNORE INTO queue VALUES (?, ?, ?, ?)",
                    row.getLong(1),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4));
            queues.add(row.getLong(1));
        }
    }

    /** Of a queue whose name is lost nobody knows where it leads. */
    private void takeEntry(ResultSet row) throws SQLException {
        byte[] content = row.getBytes(3);
        if (QueueDatabase.isWhole(content, row.getLong(2)) && queues.contains(QueueDatabase.queueOf(row.getLong(1)))) {
            saved += put("INSERT OR IGNORE INTO entry VALUES (?, ?, ?)", row.getLong(1), row.getLong(2), content);
        }
    }

    /** As far as it goes. */
    private static void read(Connection from, String query, Row row) {
        try (Statement statement = from.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                row.take(rows);
            }
        } catch (SQLException e) {
            LOG.debug("read up to here: {}", query, e);
        }
    }

    /** @throws UncheckedIOException it can't be written */
    private int put(String insert, Object... values) {
        try (PreparedStatement statement = to.prepareStatement(insert)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw new UncheckedIOException(new IOException("what was saved can't be written: " + e.getMessage(), e));
        }
    }
}
