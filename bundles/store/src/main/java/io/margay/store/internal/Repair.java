package io.margay.store.internal;

import io.margay.store.internal.Seal.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a damaged database anew, from its copy and from what can still be read of it: of each document the newest that is
 * whole.
 */
final class Repair {
    private static final Logger LOG = LoggerFactory.getLogger(Repair.class);

    private record Found(long sequence, byte[] content) {}

    private final Path file;
    private final Path copy;
    private final Migrations migrations;

    Repair(Path file, Path copy, Migrations migrations) {
        this.file = file;
        this.copy = copy;
        this.migrations = migrations;
    }

    /**
     * Repairs it, and keeps the damaged file under another name.
     *
     * @param damage what is wrong with it
     * @throws IOException there is no good copy; nothing has changed
     */
    void run(IOException damage) throws IOException {
        Map<String, Found> documents = new HashMap<>();
        long copied;
        try (Database good = Database.openCopy(copy)) {
            copied = good.seal().sequence();
            for (Map.Entry<String, Long> entry : good.sequences().entrySet()) {
                documents.put(
                        entry.getKey(),
                        new Found(entry.getValue(), good.read(entry.getKey()).orElseThrow()));
            }
        } catch (IOException e) {
            damage.addSuppressed(e);
            throw new IOException(
                    damage.getMessage() + "; and there is no good copy (" + e.getMessage()
                            + "): restore a backup with 'margay restore', or move both files away to begin without",
                    damage);
        }
        boolean there = Files.exists(file) && Files.size(file) > 0;
        Map<String, Found> newer = there ? newer(copied) : Map.of();
        documents.putAll(newer);
        // Later than all that is known, in the copy too.
        long sequence = 1 + newer.values().stream().mapToLong(Found::sequence).reduce(copied, Math::max);
        build(documents, sequence, there);
        LOG.error(
                "{}. It was repaired from its copy of {}{}; what was changed after that and is not named here may be lost."
                        + "{}",
                damage.getMessage(),
                Files.getLastModifiedTime(copy),
                newer.isEmpty() ? "" : ", with newer documents from the damaged file: " + newer.keySet(),
                there ? " The damaged file is kept as " + aside("") : "");
    }

    /** What the damaged file still has and is newer than the copy. */
    private Map<String, Found> newer(long copied) {
        Map<String, Found> newer = new TreeMap<>();
        // From both ends, as what lies behind a damaged page can't be reached from before it.
        for (String order : new String[] {"ASC", "DESC"}) {
            try (Connection connection = Sqlite.open(file);
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(
                            "SELECT name, sequence, digest, content FROM document ORDER BY rowid " + order)) {
                while (rows.next()) {
                    String name = rows.getString(1);
                    Found found = new Found(rows.getLong(2), rows.getBytes(4));
                    if (found.sequence() > copied
                            && new Row(found.sequence(), rows.getBytes(3)).isOf(name, found.content())) {
                        newer.put(name, found);
                    }
                }
            } catch (SQLException | RuntimeException e) {
                LOG.debug("{} can't be read further", file, e);
            }
        }
        return newer;
    }

    private void build(Map<String, Found> documents, long sequence, boolean keep) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + "~repaired");
        Map<String, byte[]> contents = new HashMap<>();
        documents.forEach((name, found) -> contents.put(name, found.content()));
        Database.make(fresh, migrations, contents, sequence);
        // Without its log first: SQLite would apply the old file's log to the new one.
        Path log = file.resolveSibling(file.getFileName() + "-wal");
        if (Files.exists(log)) {
            Files.move(log, aside("-wal"), StandardCopyOption.REPLACE_EXISTING);
        }
        if (keep) {
            Files.copy(file, aside(""), StandardCopyOption.REPLACE_EXISTING);
        }
        Durable.rename(fresh, file);
    }

    private Path aside(String suffix) {
        return file.resolveSibling(file.getFileName() + ".damaged" + suffix);
    }
}
