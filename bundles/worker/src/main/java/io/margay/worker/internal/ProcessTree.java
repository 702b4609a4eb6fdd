package io.margay.worker.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Finds and ends what a worker started. On Linux all processes of the worker's session and all that inherited its
 * {@code MARGAY_SOCKET}, so that a child which made itself a daemon is found too; elsewhere its descendants.
 */
final class ProcessTree {
    /** Each round finds what was forked during the one before. */
    private static final int ROUNDS = 100;

    private static final Path PROC = Path.of("/proc");
    private static final boolean LINUX = Files.isReadable(Path.of("/proc/self/environ"));

    private ProcessTree() {}

    /**
     * Ends the processes of a worker that has ended itself.
     *
     * @param pid the worker's
     * @param socket the path in its {@code MARGAY_SOCKET}
     * @return whether all are gone
     */
    static boolean end(long pid, String socket) throws InterruptedException {
        byte[] marker = marker(socket);
        return end(each -> each.session() == pid || has(each.pid(), marker));
    }

    /** Ends what can't be found any more once the worker itself has ended. To be called before it is ended. */
    static void endDescendants(ProcessHandle worker) {
        if (!LINUX) {
            worker.descendants().forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Ends all processes that inherited this {@code MARGAY_SOCKET}, or one that starts with it if it ends with a slash. */
    static boolean endOf(String socket) throws InterruptedException {
        byte[] marker = marker(socket);
        return end(each -> has(each.pid(), marker));
    }

    private static boolean end(Predicate<Stat> which) throws InterruptedException {
        boolean none = false;
        for (int round = 0; round < ROUNDS; round++) {
            List<Stat> found = find(which);
            // Twice, for a process shows no environment for a moment while it becomes another program.
            if (found.isEmpty() && (none || !LINUX)) {
                return true;
            }
            none = found.isEmpty();
            for (Stat each : found) {
                ProcessHandle.of(each.pid()).ifPresent(ProcessHandle::destroyForcibly);
            }
            Thread.sleep(2); // for the kernel to end them
        }
        return false;
    }

    private static List<Stat> find(Predicate<Stat> which) {
        List<Stat> found = new ArrayList<>();
        if (!LINUX) {
            return found;
        }
        long own = ProcessHandle.current().pid();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path each : processes) {
                Stat stat = Stat.of(Long.parseLong(each.getFileName().toString()));
                if (stat != null && stat.pid() != own && stat.lives() && which.test(stat)) {
                    found.add(stat);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("/proc can't be listed: " + e.getMessage(), e);
        }
        return found;
    }

    private static byte[] marker(String socket) {
        return ("MARGAY_SOCKET=" + socket + (socket.endsWith("/") ? "" : "\0")).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean has(long pid, byte[] marker) {
        byte[] environment;
        try {
            environment = Files.readAllBytes(PROC.resolve(pid + "/environ"));
        } catch (IOException e) {
            return false; // it has ended, or is someone else's
        }
        for (int i = 0; i + marker.length <= environment.length; i++) {
            if ((i == 0 || environment[i - 1] == 0) && startsWith(environment, i, marker)) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWith(byte[] bytes, int from, byte[] start) {
        for (int i = 0; i < start.length; i++) {
            if (bytes[from + i] != start[i]) {
                return false;
            }
        }
        return true;
    }

    /** When a process started, in a form that survives a change of the clock; empty when there is no such process. */
    static String startOf(long pid) {
        if (LINUX) {
            Stat stat = Stat.of(pid);
            return stat == null || !stat.lives() ? "" : stat.start() + " " + bootId();
        }
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().startInstant())
                .map(Object::toString)
                .orElse("");
    }

    private static String bootId() {
        try {
            return Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "-";
        }
    }

    /**
     * What /proc/PID/stat says.
     *
     * @param start clock ticks since the machine's start
     */
    private record Stat(long pid, String state, long session, String start) {
        static Stat of(long pid) {
            try {
                String text = new String(Files.readAllBytes(PROC.resolve(pid + "/stat")), StandardCharsets.ISO_8859_1);
                // The name in parentheses may hold anything.
                String[] rest = text.substring(text.lastIndexOf(')') + 2).split(" ");
                return new Stat(pid, rest[0], Long.parseLong(rest[3]), rest[19]);
            } catch (IOException | IndexOutOfBoundsException e) {
                return null; // it has ended meanwhile
            }
        }

        boolean lives() {
            return !state.equals("Z") && !state.equals("X");
        }
    }
}
