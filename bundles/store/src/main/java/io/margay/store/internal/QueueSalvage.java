package io.margay.store.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves what can be read of a {@link QueueDatabase} that is damaged. */
final class QueueSalvage {
    private static final Logger LOG = LoggerFactory.getLogger(QueueSalvage.class);

    private interface Row {
        void take(ResultSet row) throws SQLException;
    }

    private QueueSalvage() {}

    /** @return where the file is now, with its log */
    static Path putAside(Path file) throws IOException {
        Path damaged = file.resolveSibling(file.getFileName() + ".damaged");
        Files.deleteIfExists(log(damaged));
        if (Files.exists(log(file))) {
            Durable.rename(log(file), log(damaged));
        }
        Durable.rename(file, damaged);
        return damaged;
    }

    private static Path log(Path file) {
        return file.resolveSibling(file.getFileName() + "-wal");
    }

    /** Takes over what can be read, from both ends up to what can't. @return how many entries */
    static int run(Path damaged, Connection to) throws SQLException {
        Set<Long> queues = new HashSet<>();
        Map<Long, byte[]> found = new TreeMap<>();
        Sqlite.execute(to, "BEGIN IMMEDIATE");
        try (Connection from = Sqlite.open(damaged)) {
            read(from, "SELECT id, name, token, last FROM queue ORDER BY id", row -> {
                put(
                        to,
                        "INSERT INTO queue VALUES (?, ?, ?, ?)",
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        row.getLong(4));
                queues.add(row.getLong(1));
            });
            for (String order : new String[] {"ASC", "DESC"}) {
                read(from, "SELECT id, crc, content FROM entry ORDER BY id " + order, row -> {
                    byte[] content = row.getBytes(3);
                    // Of a queue whose name is lost nobody knows where it leads.
                    if (QueueDatabase.crc(content) == row.getLong(2)
                            && queues.contains(QueueDatabase.queueOf(row.getLong(1)))) {
                        found.put(row.getLong(1), content);
                    }
                });
            }
        } catch (SQLException e) {
            LOG.debug("{} can't be read at all", damaged, e);
        }
        for (Map.Entry<Long, byte[]> each : found.entrySet()) {
            put(
                    to,
                    "INSERT INTO entry VALUES (?, ?, ?)",
                    each.getKey(),
                    QueueDatabase.crc(each.getValue()),
                    each.getValue());
        }
        Sqlite.execute(to, "COMMIT");
        return found.size();
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

    private static void put(Connection to, String insert, Object... values) throws SQLException {
        try (PreparedStatement statement = to.prepareStatement(insert)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
