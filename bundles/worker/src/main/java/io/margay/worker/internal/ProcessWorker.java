package io.margay.worker.internal;

import io.margay.model.Language;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadLog;
import io.margay.worker.ExitWords;
import io.margay.worker.MemoryLimit;
import io.margay.worker.OutputLog;
import io.margay.worker.SocketWorker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One worker process with its connection and its output. */
final class ProcessWorker extends SocketWorker {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessWorker.class);

    private Process process;
    private WorkerMemory memory;
    private OutputLog output;
    private OutputLog errors;
    private Records records;

    /** Listens for the worker in {@code folder}, which is this worker's own. */
    ProcessWorker(WorkerSpec spec, WorkerListener listener, Path folder) throws IOException {
        super(spec, listener, folder);
    }

    MemoryLimit limit() {
        return new MemoryLimit(spec().memoryMegabytes());
    }

    /**
     * Takes its process, to which it listens from now on, and whose end completes {@link #exit()}.
     *
     * @param group keeps its memory limit; empty where the watch does so alone
     */
    void launch(Process started, Optional<MemoryGroup> group, MemoryWatch watch, Records all, Executor executor) {
        process = started;
        records = all;
        memory = new WorkerMemory(process, socket(), limit(), watch, group, this::failed);
        memory.begin();
        listen();
        output = new OutputLog(name() + "-out", spec().workload(), Level.INFO, process.getInputStream());
        errors = new OutputLog(name() + "-err", spec().workload(), Level.WARN, process.getErrorStream());
        try {
            records.add(process.pid(), socket());
        } catch (IOException e) {
            // A full disk must not keep back what a failed deployment is to put back; it would be found without it too.
            LOG.warn("The record of worker {} can't be written: {}", name(), e.toString());
        }
        var unused = process.onExit()
                .thenRunAsync(
                        () -> {
                            memory.finish().ifPresent(this::failed);
                            ended();
                        },
                        executor);
    }

    @Override
    public long processId() {
        return process.pid();
    }

    @Override
    protected void destroy() {
        ProcessTree.endDescendants(processId());
        process.destroyForcibly();
    }

    @Override
    protected void terminate() {
        process.destroy();
    }

    @Override
    protected void cleanUp() throws InterruptedException {
        try {
            boolean found = ProcessTree.end(processId(), socket().toString());
            boolean grouped = memory.end();
            if (!found || !grouped) {
                WorkloadLog.of(spec().workload())
                        .warn("Not all children of the ended process {} could be ended", processId());
            }
            output.join(1000);
            errors.join(1000);
        } finally {
            records.remove(processId());
        }
    }

    @Override
    protected List<String> lastWords() {
        return errors.lastLines();
    }

    @Override
    protected boolean endedWell() {
        return process.exitValue() == 0;
    }

    @Override
    protected String how() {
        int code = process.exitValue();
        if (spec().language() == Language.JAVA && code == ExitWords.JVM_OUT_OF_MEMORY && saidThatItsHeapIsFull()) {
            return limit().heapFull();
        }
        return stopping() && code == 0 ? "stopped" : ExitWords.of(code);
    }

    /** An exit code of 3 may be the author's own. */
    private boolean saidThatItsHeapIsFull() {
        try {
            output.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitWords.tellOfFullHeap(output.lastLines());
    }

    @Override
    protected boolean hasEnded() {
        try {
            // As a rule why the connection ended is known in a moment.
            return process.waitFor(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
