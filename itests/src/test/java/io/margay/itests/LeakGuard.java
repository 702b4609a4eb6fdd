package io.margay.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
            "cron");

    private static final Duration SOON = Duration.ofSeconds(15);

    private Set<String> threads;
    private Set<Long> processes;
    private long files;

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
            Await.until(() -> "no file is left open: " + files + " before, " + files() + " now", SOON, () -> {
                // Jars of class loaders are closed by the collector.
                System.gc();
                return files() <= files + 2;
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

    private static long files() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
