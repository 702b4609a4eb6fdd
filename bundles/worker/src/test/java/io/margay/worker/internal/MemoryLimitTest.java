package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.worker.MemoryLimit;
import io.margay.worker.ProcessStat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a worker and all that it starts may take is watched, whatever way it takes it. */
@Timeout(60)
class MemoryLimitTest {
    private static final Pattern WORDS = Pattern.compile("memory limit 64 MB exceeded at (\\d+) MB");
    private static final int LOOKS = 4;

    @TempDir
    Path folder;

    @BeforeEach
    void needPython() {
        Workers.need(Language.PYTHON);
    }

    private Workers workers() throws Exception {
        Workers workers = new Workers(folder);
        workers.memoryMegabytes = 64;
        return workers;
    }

    private static void assertExceeded(Worker worker, CompletableFuture<Object> call) throws Exception {
        WorkerExit exit = worker.exit().get(30, TimeUnit.SECONDS);
        assertThat(exit.expected()).as("it is a failure of its own").isFalse();
        Matcher words = WORDS.matcher(exit.reason());
        assertThat(words.matches()).as(exit.reason()).isTrue();
        assertThat(Integer.parseInt(words.group(1))).isGreaterThan(64);
        assertThat(call)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .extracting(Throwable::getCause, InstanceOfAssertFactories.type(WorkerException.class))
                .satisfies(lost -> assertThat(lost.lost()).isTrue())
                .satisfies(lost -> assertThat(lost).hasMessageContaining(exit.reason()));
        System.out.println("MemoryLimitTest: " + exit.reason());
    }

    private static CompletableFuture<Object> call(Worker worker) {
        return worker.request("invoke", Map.of("requestId", "r1", "payload", "x", "deadlineMs", 60_000));
    }

    @Test
    void oneThatLeaksIsEnded() throws Exception {
        try (Workers workers = workers()) {
            Worker worker = workers.python("""
                    import time
                    def handler(event, context):
                        kept = []
                        while True:
                            kept.append(b'x' * 10_000_000)
                            time.sleep(0.01)
                    """);
            assertExceeded(worker, call(worker));
        }
    }

    @Test
    void oneThatTakesAllAtOnceIsEnded() throws Exception {
        try (Workers workers = workers()) {
            Worker worker = workers.python("""
                    import time
                    def handler(event, context):
                        kept = b'x' * 200_000_000
                        time.sleep(60)
                    """);
            assertExceeded(worker, call(worker));
        }
    }

    @Test
    void oneThatTakesTooMuchWhileItLoadsDoesNotStart() throws Exception {
        try (Workers workers = workers()) {
            CompletableFuture<Worker> start = CompletableFuture.supplyAsync(() -> {
                try {
                    return workers.python("kept = b'x' * 200_000_000\nimport time\ntime.sleep(60)\n");
                } catch (Exception e) {
                    throw new IllegalStateException(e.getMessage(), e);
                }
            });
            assertThat(start)
                    .failsWithin(Duration.ofSeconds(30))
                    .withThrowableOfType(ExecutionException.class)
                    .withMessageContaining("it ended before it was ready")
                    .withMessageContaining("memory limit 64 MB exceeded at ");
        }
    }

    /** Children count too, also one that left the session for another parent; none is left (as Workers' end proves). */
    @Test
    void whatItsChildrenTakeCounts() throws Exception {
        try (Workers workers = workers()) {
            Path pids = folder.resolve("pids");
            Worker worker = workers.python("""
                    import os, subprocess, sys, time
                    CHILD = '''
                    import os, time
                    if os.fork():
                        os._exit(0)
                    os.setsid()
                    open(%r, "a").write(str(os.getpid()) + "\\\\n")
                    kept = b'x' * 30_000_000
                    time.sleep(60)
                    '''
                    def handler(event, context):
                        for _ in range(3):
                            subprocess.run([sys.executable, "-c", CHILD])
                        time.sleep(60)
                    """.replace("%r", "'" + pids + "'"));
            assertExceeded(worker, call(worker));
            for (String pid : Files.readAllLines(pids)) {
                assertThat(ProcessStat.of(Long.parseLong(pid)))
                        .satisfiesAnyOf(gone -> assertThat(gone).isNull(), ended -> assertThat(ended.lives())
                                .isFalse());
            }
        }
    }

    /** A worker that stands still, and how often it was looked at. */
    private record Looked(long processId, String socketPath, MemoryLimit limit, CountDownLatch looks)
            implements MemoryWatch.Watched {
        @Override
        public boolean endedByKernel() {
            looks.countDown();
            return false;
        }

        @Override
        public void exceeded(long bytes, List<Long> processes) {
            throw new AssertionError(limit.exceeded(bytes));
        }
    }

    private static Looked looked(Workers workers, Worker worker, int megabytes) {
        return new Looked(
                worker.processId(),
                workers.settings.run().resolve("1/s").toString(),
                new MemoryLimit(megabytes),
                new CountDownLatch(LOOKS));
    }

    @Test
    void whatForkedProcessesShareCountsOnce() throws Exception {
        try (Workers workers = workers();
                MemoryWatch watch = new MemoryWatch()) {
            workers.memoryMegabytes = 100;
            Worker worker = workers.python("""
                    import os, time
                    kept = b'x' * 40_000_000
                    def handler(event, context):
                        for _ in range(4):
                            if os.fork() == 0:
                                time.sleep(60)
                                os._exit(0)
                        return 'forked'
                    """);
            assertThat(Workers.call(worker, "x")).isEqualTo("forked");
            Looked looked = looked(workers, worker, 100);
            watch.add(looked);
            assertThat(looked.looks.await(20, TimeUnit.SECONDS)).isTrue();
            ResidentMemory memory = new ResidentMemory();
            WorkerProcesses processes = new WorkerProcesses();
            processes.add(looked);
            processes.refresh(List.of(looked), true);
            List<Long> all = processes.of(looked);
            assertThat(all).hasSize(5);
            assertThat(all.stream().mapToLong(memory::of).sum())
                    .isGreaterThan(looked.limit().bytes());
            assertThat(all.stream().mapToLong(memory::shareOf).sum())
                    .isLessThan(looked.limit().bytes());
            assertThat(worker.exit()).isNotDone();
        }
    }

    @Test
    void oneThatKeepsItsLimitIsLeftAlone() throws Exception {
        try (Workers workers = workers();
                MemoryWatch watch = new MemoryWatch()) {
            Worker worker = workers.start(Language.PYTHON, WorkloadId.function("f"), "index.py", """
                    def handler(event, context):
                        return str(len(b'x' * 20_000_000))
                    """, Workers.NOBODY);
            Looked looked = looked(workers, worker, 64);
            watch.add(looked);
            while (looked.looks.getCount() > 0) {
                assertThat(Workers.call(worker, "x")).isEqualTo("20000000");
            }
        }
    }
}
