package io.margay.worker.internal;

import io.margay.worker.MemoryLimit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds one worker to its memory limit: by the watch, and by a cgroup where there is one. */
final class WorkerMemory implements MemoryWatch.Watched {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerMemory.class);

    private final Process process;
    private final Path socket;
    private final MemoryLimit limit;
    private final MemoryWatch watch;
    private final Optional<MemoryGroup> group;
    private final Consumer<String> tooMuch;

    /**
     * @param tooMuch told why, once, before the process is ended, on the watch's thread
     * @param group of this worker alone
     */
    WorkerMemory(
            Process process,
            Path socket,
            MemoryLimit limit,
            MemoryWatch watch,
            Optional<MemoryGroup> group,
            Consumer<String> tooMuch) {
        this.process = process;
        this.socket = socket;
        this.limit = limit;
        this.watch = watch;
        this.group = group;
        this.tooMuch = tooMuch;
    }

    /** To be called as soon as there is a process: what it has started before is not in its group. */
    void begin() {
        try {
            if (group.isPresent()) {
                group.get().take(process.pid());
            }
        } catch (IOException e) {
            if (process.isAlive()) {
                LOG.warn("The memory of worker process {} is watched only: {}", process.pid(), e.toString());
            }
        }
        ProcessTree.endRather(process.pid());
        watch.add(this);
    }

    /** To be called when the process has ended. @return why, where it was the kernel that ended it for its memory */
    Optional<String> finish() {
        watch.remove(this);
        return endedByKernel() ? Optional.of(limit.exceeded(group.orElseThrow().peak())) : Optional.empty();
    }

    /** Ends what is left in the group. @return whether all is gone */
    boolean end() throws InterruptedException {
        return group.isEmpty() || group.get().end();
    }

    @Override
    public long processId() {
        return process.pid();
    }

    @Override
    public String socketPath() {
        return socket.toString();
    }

    @Override
    public MemoryLimit limit() {
        return limit;
    }

    @Override
    public boolean endedByKernel() {
        return group.isPresent() && group.get().endedByKernel();
    }

    @Override
    public void exceeded(long bytes, List<Long> processes) {
        tooMuch.accept(limit.exceeded(bytes));
        // At once: the one that grows may be a child.
        for (long each : processes) {
            ProcessHandle.of(each).ifPresent(ProcessHandle::destroyForcibly);
        }
        process.destroyForcibly();
    }
}
