package io.margay.worker.internal;

import io.margay.worker.MemoryLimit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends workers that take more memory than they may. One thread for all, which sleeps while there is no worker; on Linux
 * only. A worker that does not grow is looked at four times a second, one that does the oftener the sooner it would be at
 * its limit. Thread-safe.
 */
final class MemoryWatch implements AutoCloseable {
    /** A worker. Called on the watch's thread. */
    interface Watched extends WorkerProcesses.Owner {
        MemoryLimit limit();

        /** Whether the kernel itself has ended processes of it, as they asked for more than its limit. */
        boolean endedByKernel();

        /**
         * It takes too much and is to be ended; it is not watched any more.
         *
         * @param bytes how much
         * @param processes all that are known
         */
        void exceeded(long bytes, List<Long> processes);
    }

    private static final Logger LOG = LoggerFactory.getLogger(MemoryWatch.class);
    private static final long IDLE = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(10);
    /** Also where the system does not tell of new processes, they are seen after so long. */
    private static final long SURELY = TimeUnit.SECONDS.toNanos(2);
    /** Looks until the limit would be reached, were the worker to go on growing so. */
    private static final int LOOKS = 4;
    /** What a look at each page took, so many times over, passes until the next one. */
    private static final int REST = 20;

    private static final class Entry {
        private final Watched watched;
        private long due = System.nanoTime();
        private long lookedAt;
        private long resident;
        private long bytes;
        private boolean over;

        private Entry(Watched watched) {
            this.watched = watched;
        }
    }

    private final Map<Watched, Entry> entries = new LinkedHashMap<>(); // under this
    private final WorkerProcesses processes = new WorkerProcesses(); // under this
    private final ResidentMemory memory = new ResidentMemory();
    private final Thread thread = new Thread(null, this::run, "worker-memory", 256 * 1024);
    private long surelyAt = System.nanoTime();
    private boolean closed;

    MemoryWatch() {
        thread.setDaemon(true);
        if (ProcessTree.LINUX) {
            thread.start();
        }
    }

    synchronized void add(Watched watched) {
        entries.put(watched, new Entry(watched));
        processes.add(watched);
        notifyAll();
    }

    synchronized void remove(Watched watched) {
        if (entries.remove(watched) != null) {
            processes.remove(watched);
        }
    }

    private void run() {
        try {
            for (Collection<Entry> due = awaitDue(); due != null; due = awaitDue()) {
                for (Entry each : due) {
                    look(each);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does but who ends the gateway
        }
    }

    /** Waits until workers are to be looked at. @return null when the watch has been closed */
    private synchronized Collection<Entry> awaitDue() throws InterruptedException {
        while (!closed) {
            long now = System.nanoTime();
            long next = now + IDLE;
            List<Entry> due = new ArrayList<>();
            for (Entry each : entries.values()) {
                if (each.due - now <= 0) {
                    due.add(each);
                }
                next = Math.min(next - now, each.due - now) + now;
            }
            if (!due.isEmpty()) {
                refresh(now);
                return due;
            } else if (entries.isEmpty()) {
                wait();
            } else {
                TimeUnit.NANOSECONDS.timedWait(this, next - now);
            }
        }
        return null;
    }

    private void refresh(long now) {
        boolean surely = now - surelyAt >= 0;
        try {
            processes.refresh(entries.keySet(), surely);
        } catch (RuntimeException e) {
            LOG.error("The system's processes could not be looked at", e);
        }
        surelyAt = surely ? now + SURELY : surelyAt;
    }

    private void look(Entry entry) {
        List<Long> all;
        synchronized (this) {
            all = processes.of(entry.watched);
        }
        try {
            if (measure(entry, all)) {
                remove(entry.watched);
                entry.watched.exceeded(entry.bytes, all);
            }
        } catch (RuntimeException e) {
            // Whatever is wrong with one worker, the others are watched.
            LOG.error("The memory of worker process {} could not be looked at", entry.watched.processId(), e);
            entry.due = System.nanoTime() + IDLE;
        }
    }

    /** @return whether it takes too much */
    private boolean measure(Entry entry, List<Long> all) {
        long begun = System.nanoTime();
        long limit = entry.watched.limit().bytes();
        long resident = 0;
        long largest = 0;
        for (long pid : all) {
            long bytes = memory.of(pid);
            resident += bytes;
            largest = Math.max(largest, bytes);
        }
        long bytes = resident;
        // What parent and child share counts once, and takes the kernel long to tell; one that is over alone need not
        // be asked.
        boolean asked = resident > limit && largest <= limit;
        if (asked) {
            bytes = 0;
            for (long pid : all) {
                bytes += memory.shareOf(pid);
            }
        }
        if (entry.watched.endedByKernel()) {
            entry.bytes = Math.max(bytes, limit);
            return true;
        }
        boolean over = bytes > limit;
        // A process that is being forked shows its parent's memory as its own for a moment: it is seen twice.
        if (over && (!asked || entry.over)) {
            entry.bytes = bytes;
            return true;
        }
        long now = System.nanoTime();
        long wait = untilNext(resident - entry.resident, now - entry.lookedAt, limit - bytes);
        if (over) {
            wait = SHORTEST;
        } else if (asked) {
            wait = Math.max(wait, (now - begun) * REST);
        }
        entry.over = over;
        entry.resident = resident;
        entry.lookedAt = now;
        entry.due = onGrid(now, wait);
        return false;
    }

    private static long untilNext(long grown, long elapsed, long left) {
        if (grown <= 0) {
            return IDLE;
        }
        double full = (double) left / grown * elapsed;
        return Math.max(SHORTEST, Math.min(IDLE, (long) (full / LOOKS)));
    }

    /** Those that do not grow are looked at together: one thread that wakes up once costs less. */
    private static long onGrid(long now, long wait) {
        long due = now + wait;
        return wait < IDLE ? due : due - Math.floorMod(due, IDLE);
    }

    @Override
    public void close() throws InterruptedException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.join(TimeUnit.SECONDS.toMillis(5));
    }
}
