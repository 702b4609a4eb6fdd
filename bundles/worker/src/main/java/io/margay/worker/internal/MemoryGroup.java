package io.margay.worker.internal;

import io.margay.worker.MemoryLimit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A cgroup that holds one worker and all that it starts to its memory limit: the kernel gives it no more, and ends it when it
 * asks for more.
 */
final class MemoryGroup {
    /** The two forms of the kernel's files. */
    enum Version {
        V1("memory.limit_in_bytes", "memory.oom_control", "memory.max_usage_in_bytes"),
        V2("memory.max", "memory.events", "memory.peak");

        private final String limit;
        private final String events;
        private final String peak;

        Version(String limit, String events, String peak) {
            this.limit = limit;
            this.events = events;
            this.peak = peak;
        }
    }

    private static final String KILLS = "oom_kill ";
    /** Each round finds what was forked during the one before. */
    private static final int ROUNDS = 100;

    private final Version version;
    private final Path folder;
    private final long limit;

    private MemoryGroup(Version version, Path folder, long limit) {
        this.version = version;
        this.folder = folder;
        this.limit = limit;
    }

    /** @throws IOException the system does not let it be made; nothing is left */
    static MemoryGroup make(Version version, Path folder, MemoryLimit limit) throws IOException {
        Files.createDirectory(folder);
        MemoryGroup group = new MemoryGroup(version, folder, limit.bytes());
        try {
            group.setLimit();
            return group;
        } catch (IOException e) {
            Files.deleteIfExists(folder);
            throw e;
        }
    }

    private void setLimit() throws IOException {
        String bytes = Long.toString(limit);
        write(folder, version.limit, bytes);
        if (version == Version.V2) {
            write(folder, "memory.oom.group", "1"); // all of it, rather than the largest process alone
            writeWhereThere("memory.swap.max", "0");
        } else {
            writeWhereThere("memory.memsw.limit_in_bytes", bytes);
        }
    }

    /** Kernels without accounts of swapped memory have no such file. */
    private void writeWhereThere(String file, String value) throws IOException {
        if (Files.exists(folder.resolve(file))) {
            write(folder, file, value);
        }
    }

    static void write(Path folder, String file, String value) throws IOException {
        Files.writeString(folder.resolve(file), value, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** Takes a process in; what it starts from now on is in it too. */
    void take(long pid) throws IOException {
        write(folder, "cgroup.procs", Long.toString(pid));
    }

    /** Whether the kernel ended a process of it, as it asked for more than the limit. */
    boolean endedByKernel() {
        for (String line : read(version.events).lines().toList()) {
            if (line.startsWith(KILLS)) {
                return Long.parseLong(line.substring(KILLS.length()).strip()) > 0;
            }
        }
        return false; // Linux before 4.13 does not count them
    }

    /** The most that it took, in bytes; its limit where the kernel does not tell. */
    long peak() {
        String bytes = read(version.peak).strip();
        return bytes.isEmpty() ? limit : Math.max(limit, Long.parseLong(bytes));
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    /** Ends all that is still in it and removes it. @return whether it is gone */
    boolean end() throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            List<String> left = read("cgroup.procs").lines().toList();
            for (String pid : left) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
            }
            if (left.isEmpty() && remove(folder)) {
                return true;
            }
            Thread.sleep(2); // for the kernel to end them
        }
        return false;
    }

    /** Removes it, as nothing was started in it. */
    void discard() {
        remove(folder);
    }

    /** Removes a group without processes. @return whether it is gone */
    static boolean remove(Path folder) {
        try {
            Files.deleteIfExists(folder);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
