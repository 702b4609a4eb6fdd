package io.margay.store.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.Set;
import org.sqlite.JDBC;
import org.sqlite.SQLiteErrorCode;

/** Connections to SQLite, and its errors in words. */
final class Sqlite {
    private static final Set<SQLiteErrorCode> FULL =
            Set.of(SQLiteErrorCode.SQLITE_FULL, SQLiteErrorCode.SQLITE_IOERR_WRITE);
    /** What a file gives that is not as SQLite wrote it; a short read is a file that ends too early. */
    private static final Set<SQLiteErrorCode> DAMAGED = Set.of(
            SQLiteErrorCode.SQLITE_CORRUPT,
            SQLiteErrorCode.SQLITE_NOTADB,
            SQLiteErrorCode.SQLITE_READONLY,
            SQLiteErrorCode.SQLITE_ERROR,
            SQLiteErrorCode.SQLITE_IOERR_SHORT_READ);

    private Sqlite() {}

    /** Opens a file for reading and writing, and makes it where it is missing. */
    static Connection open(Path file) throws SQLException {
        return open(file, "");
    }

    /** As {@link #open}, for one who has the file for himself; what was committed is on disk. */
    static Connection openAlone(Path file) throws IOException, SQLException {
        if (!Files.exists(file)) {
            Durable.create(file).close();
            Durable.sync(file.getParent());
        }
        Connection connection = open(file);
        try {
            // One gateway at a time; and so SQLite needs no file that is mapped into memory.
            execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
            execute(connection, "PRAGMA journal_mode = WAL");
            execute(connection, "PRAGMA synchronous = FULL");
            execute(connection, "PRAGMA cache_size = -512");
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** Opens a file that nobody writes to, without a lock and without leaving files beside it. */
    static Connection openToRead(Path file) throws SQLException {
        return open(file, "?mode=ro&immutable=1");
    }

    /** As a URI, since a folder's name may hold what the driver would take for options. */
    private static Connection open(Path file, String options) throws SQLException {
        return JDBC.createConnection(JDBC.PREFIX + file.toUri() + options, new Properties());
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row. */
    static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : "";
        }
    }

    static boolean isDamage(SQLException e) {
        return DAMAGED.contains(code(e)) || DAMAGED.contains(SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xff));
    }

    /** An error that says which file, and what to do where that is known. */
    static IOException failed(Path file, String what, SQLException e) {
        String advice = FULL.contains(code(e))
                ? "no space left on the disk, or it can't be written; make room"
                : e.getMessage();
        return new IOException(file + " " + what + ": " + advice, e);
    }

    private static SQLiteErrorCode code(SQLException e) {
        return SQLiteErrorCode.getErrorCode(e.getErrorCode());
    }
}
