package io.margay.worker.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file for each running worker, named by its process id, with its start time and socket: the next start of the
 * gateway ends by them what a crash left behind.
 */
final class Records {
    private static final Logger LOG = LoggerFactory.getLogger(Records.class);

    private final Path folder;

    Records(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    void add(long pid, Path socket) throws IOException {
        Files.writeString(folder.resolve(Long.toString(pid)), ProcessTree.startOf(pid) + "\n" + socket + "\n");
    }

    void remove(long pid) {
        try {
            Files.deleteIfExists(folder.resolve(Long.toString(pid)));
        } catch (IOException e) {
            LOG.warn("The record of the ended worker {} stays: {}", pid, e.toString());
        }
    }

    /** Ends every worker that an earlier run of the gateway left, and forgets it. */
    void endLeftovers() throws IOException, InterruptedException {
        List<Path> records = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "[0-9]*")) {
            files.forEach(records::add);
        }
        for (Path record : records) {
            endLeftover(record);
            Files.deleteIfExists(record);
        }
    }

    private static void endLeftover(Path record) throws IOException, InterruptedException {
        List<String> lines = Files.readAllLines(record);
        if (lines.size() < 2) {
            LOG.warn("The record {} was cut short; workers that are left are found by their environment", record);
            return;
        }
        long pid;
        try {
            pid = Long.parseLong(record.getFileName().toString());
        } catch (NumberFormatException e) {
            return; // not ours
        }
        // The id alone may meanwhile belong to another process.
        if (!lines.get(0).isEmpty() && lines.get(0).equals(ProcessTree.startOf(pid))) {
            LOG.info("Ending worker {} that an earlier run of the gateway left", pid);
            ProcessTree.endDescendants(pid);
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            ProcessTree.end(pid, lines.get(1));
        } else {
            ProcessTree.endOf(lines.get(1));
        }
    }
}
