package io.margay.store.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Brings a database to the newest version of its tables. A step is added at the end and never changed again: the number of
 * steps that were taken is the version.
 */
public final class Migrations {
    static final List<List<String>> STEPS = List.of(List.of(
            "CREATE TABLE document (name TEXT PRIMARY KEY NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL,"
                    + " content BLOB NOT NULL)",
            "CREATE TABLE seal (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,"
                    + " sequence INTEGER NOT NULL, documents INTEGER NOT NULL, digest BLOB NOT NULL)",
            "INSERT INTO seal VALUES (1, 0, 0, 0, zeroblob(32))"));

    /** The version of the tables that this Margay writes. */
    public static final int NEWEST = STEPS.size();

    private final List<List<String>> steps;

    Migrations() {
        this(STEPS);
    }

    Migrations(List<List<String>> steps) {
        this.steps = List.copyOf(steps);
    }

    int newest() {
        return steps.size();
    }

    /**
     * Takes the steps that are missing, all or none.
     *
     * @throws IOException the database is from a later version of Margay; nothing has changed
     * @throws DamagedException its version is not the one that was written
     */
    void migrate(Path file, Connection connection) throws IOException, SQLException {
        int version = Integer.parseInt(Sqlite.ask(connection, "PRAGMA user_version"));
        if (version != 0 && !Sqlite.ask(connection, "SELECT version FROM seal").equals(String.valueOf(version))) {
            throw new DamagedException(file + " has two numbers of version");
        }
        if (version > newest()) {
            throw new IOException(file + " was written by a later version of Margay (its tables have version " + version
                    + ", this Margay knows " + newest() + "); start that one, or restore a backup made with this one");
        }
        if (version == newest()) {
            return;
        }
        Sqlite.execute(connection, "BEGIN IMMEDIATE");
        for (List<String> step : steps.subList(version, newest())) {
            for (String sql : step) {
                Sqlite.execute(connection, sql);
            }
        }
        Sqlite.execute(connection, "UPDATE seal SET version = " + newest());
        Sqlite.execute(connection, "PRAGMA user_version = " + newest());
        Sqlite.execute(connection, "COMMIT");
    }
}
