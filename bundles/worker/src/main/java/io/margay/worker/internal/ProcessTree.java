package io.margay.worker.internal;

import io.margay.worker.ProcessStat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and ends what a worker started. On Linux all processes of the worker's session and all that inherited its
 * {@code MARGAY_SOCKET}, so that a child which made itself a daemon is found too; elsewhere its descendants.
 */
final class ProcessTree {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessTree.class);
    /** Each round finds what was forked during the one before. */
    private static final int ROUNDS = 100;

    private static final Path PROC = Path.of("/proc");
    /** Half of the way from what the gateway has to what is always ended first. */
    private static final String OUT_OF_MEMORY_SCORE = "500";

    private static final byte[] VARIABLE = "MARGAY_SOCKET=".getBytes(StandardCharsets.US_ASCII);
    static final boolean LINUX = Files.isReadable(Path.of("/proc/self/environ"));

    private ProcessTree() {}

    /**
     * Ends the processes of a worker that has ended itself.
     *
     * @param pid the worker's
     * @param socket the path in its {@code MARGAY_SOCKET}
     * @return whether all are gone
     */
    static boolean end(long pid, String socket) throws InterruptedException {
        return end(each -> each.session() == pid || socket.equals(socketOf(each.pid())));
    }

    /** Ends what can't be found any more once the worker itself has ended. To be called before it is ended. */
    static void endDescendants(long pid) {
        if (!LINUX) {
            ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Ends all processes that inherited this {@code MARGAY_SOCKET}. */
    static boolean endOf(String socket) throws InterruptedException {
        return end(each -> socket.equals(socketOf(each.pid())));
    }

    /** Ends all worker processes whose sockets are below this folder; those of containers are none, and may go on. */
    static boolean endBelow(Path run) throws InterruptedException {
        Predicate<String> numbered =
                Pattern.compile(Pattern.quote(run + "/") + "[0-9]+/.*").asMatchPredicate();
        return end(each -> {
            String inherited = socketOf(each.pid());
            return inherited != null && numbered.test(inherited);
        });
    }

    /**
     * Has the kernel end this process, and what it starts, rather than the gateway where the whole machine is out of memory.
     * Where the system does not let it be said, things are as they are.
     */
    static void endRather(long pid) {
        try {
            Files.writeString(PROC.resolve(pid + "/oom_score_adj"), OUT_OF_MEMORY_SCORE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            LOG.debug("Process {} keeps its place among those that end when memory is out: {}", pid, e.toString());
        }
    }

    private static boolean end(Predicate<ProcessStat> which) throws InterruptedException {
        boolean none = false;
        for (int round = 0; round < ROUNDS; round++) {
            List<ProcessStat> found = find(which);
            // Twice, for a process shows no environment for a moment while it becomes another program.
            if (found.isEmpty() && (none || !LINUX)) {
                return true;
            }
            none = found.isEmpty();
            for (ProcessStat each : found) {
                ProcessHandle.of(each.pid()).ifPresent(ProcessHandle::destroyForcibly);
            }
            Thread.sleep(2); // for the kernel to end them
        }
        return false;
    }

    private static List<ProcessStat> find(Predicate<ProcessStat> which) {
        List<ProcessStat> found = new ArrayList<>();
        if (!LINUX) {
            return found;
        }
        long own = ProcessHandle.current().pid();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path each : processes) {
                ProcessStat stat =
                        ProcessStat.of(Long.parseLong(each.getFileName().toString()));
                if (stat != null && stat.pid() != own && stat.lives() && which.test(stat)) {
                    found.add(stat);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("/proc can't be listed: " + e.getMessage(), e);
        }
        return found;
    }

    /**
     * The {@code MARGAY_SOCKET} that a process inherited.
     *
     * @return empty where it has none, or can't be looked at; null where it has no environment at all, as for a moment while
     *     it becomes another program
     */
    static String socketOf(long pid) {
        byte[] environment;
        try {
            environment = Files.readAllBytes(PROC.resolve(pid + "/environ"));
        } catch (IOException e) {
            return ""; // it has ended, or is someone else's
        }
        if (environment.length == 0) {
            return null;
        }
        for (int i = 0; i + VARIABLE.length <= environment.length; i++) {
            if ((i == 0 || environment[i - 1] == 0) && startsWith(environment, i, VARIABLE)) {
                int from = i + VARIABLE.length;
                int end = from;
                while (end < environment.length && environment[end] != 0) {
                    end++;
                }
                return new String(environment, from, end - from, StandardCharsets.UTF_8);
            }
        }
        return "";
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
            ProcessStat stat = ProcessStat.of(pid);
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
}
