package io.margay.itests;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.rules.ExternalResource;

/** Fails a test that leaves a thread, a child process or an open file behind. */
final class LeakGuard extends ExternalResource {
    /** Threads of the platform, of the framework and of the gateway's own pools, which come when first needed and stay. */
    private static final Set<String> NOT_OURS = Set.of(
            "Common-Cleaner",
            "CompletableFutureDelayScheduler",
            "process reaper",
            "ForkJoinPool.commonPool-worker",
            "Attach Listener",
            "FelixDispatchQueue",
            "FelixFrameworkWiring",
            "FelixResolver-",
            "Keep-Alive-Timer",
            "margay-rest-changes",
            "margay-health",
            "CM Configuration Updater",
            "SCR Component Actor",
            "OsgiInstaller",
            "qtp",
            "Connector-Scheduler",
            "function keeper",
            "driver keeper",
            "function threads",
            "device threads",
            "device timeouts",
            "worker-exit-",
            "worker-memory",
            "cron");

    private static final Set<String> CLASS_PATH =
            Set.copyOf(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));

    private static final Duration SOON = Duration.ofSeconds(15);

    private Set<String> threads;
    private Set<Long> processes;
    private Set<String> files;

    @Override
    protected void before() throws Throwable {
        threads = threads();
        processes = processes();
        files = files();
    }

    @Override
    protected void after() {
        try {
            Await.until(() -> "no thread is left: " + newThreads(), SOON, () -> newThreads()
                    .isEmpty());
            Await.until(() -> "no process is left: " + processes(), SOON, () -> processes.containsAll(processes()));
            Await.until(() -> "no file is left open: " + newFiles(), SOON, () -> {
                // Jars of class loaders are closed by the collector.
                System.gc();
                return files().size() <= files.size() + 2;
            });
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Set<String> newThreads() {
        Set<String> now = threads();
        now.removeAll(threads);
        return now;
    }

    private Set<String> newFiles() {
        Set<String> now = files();
        now.removeAll(files);
        return now;
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> NOT_OURS.stream().noneMatch(name::startsWith))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Long> processes() {
        return ProcessHandle.current().descendants().map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    /** By number and what it is; without the jars of the class path, which are opened with the first class of theirs. */
    private static Set<String> files() {
        Set<String> files = new TreeSet<>();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : (Iterable<Path>) open::iterator) {
                String target = target(file);
                // The JDK opens the sources of random numbers once.
                if (!CLASS_PATH.contains(target) && !target.startsWith("/dev/")) {
                    files.add(file.getFileName() + " " + target);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return files;
    }

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            return "closed while we looked, such as the one by which the folder is listed";
        }
    }
}
