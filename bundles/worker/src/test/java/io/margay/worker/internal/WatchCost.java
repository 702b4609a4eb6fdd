package io.margay.worker.internal;

import io.margay.worker.MemoryLimit;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** Measures by hand what the README states: {@code java … io.margay.worker.internal.WatchCost WORKERS}. No test. */
final class WatchCost {
    private static final int SECONDS = 20;

    private WatchCost() {}

    private record Idle(Process process, String socketPath, AtomicLong looks) implements MemoryWatch.Watched {
        @Override
        public long processId() {
            return process.pid();
        }

        @Override
        public MemoryLimit limit() {
            return new MemoryLimit(512);
        }

        @Override
        public boolean endedByKernel() {
            looks.incrementAndGet();
            return false;
        }

        @Override
        public void exceeded(long bytes, List<Long> processes) {
            throw new IllegalStateException(limit().exceeded(bytes));
        }
    }

    public static void main(String[] args) throws Exception {
        int workers = Integer.parseInt(args[0]);
        List<Process> processes = new ArrayList<>();
        AtomicLong looks = new AtomicLong();
        try (MemoryWatch watch = new MemoryWatch()) {
            for (int i = 0; i < workers; i++) {
                ProcessBuilder builder = new ProcessBuilder("sleep", "600");
                builder.environment().put("MARGAY_SOCKET", "/nowhere/" + i + "/s");
                Process process = builder.start();
                processes.add(process);
                watch.add(new Idle(process, "/nowhere/" + i + "/s", looks));
            }
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long id = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("worker-memory"))
                    .findFirst()
                    .orElseThrow()
                    .getId();
            for (int round = 1; round <= 3; round++) {
                long cpu = threads.getThreadCpuTime(id);
                long before = looks.get();
                Thread.sleep(SECONDS * 1000L);
                System.out.printf(
                        Locale.ROOT,
                        "%d workers: %.2f %% of one processor, %.1f looks a worker and second (round %d)%n",
                        workers,
                        (threads.getThreadCpuTime(id) - cpu) / 1e7 / SECONDS,
                        (looks.get() - before) / (double) workers / SECONDS,
                        round);
            }
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }
}
