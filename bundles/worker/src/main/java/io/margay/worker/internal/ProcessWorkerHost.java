package io.margay.worker.internal;

import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.spi.Worker;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Command;
import io.margay.worker.Liveness;
import io.margay.worker.Settings;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Runs workers as processes of the gateway's own user. */
@Component(service = WorkerHost.class, property = "isolation=process")
public final class ProcessWorkerHost implements WorkerHost {
    private final Settings settings;
    private final Records records;
    private final Liveness liveness;
    private final MemoryWatch memory = new MemoryWatch();
    private final Optional<MemoryGroups> groups;
    final Templates templates;
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong threads = new AtomicLong();
    private final Set<ProcessWorker> workers = new HashSet<>();
    /** Cleans up after processes that ended; without work it has no thread. */
    private final ExecutorService executor =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);

    private boolean closed;

    @Activate
    public ProcessWorkerHost(BundleContext context) throws IOException, InterruptedException {
        this(Settings.read(context::getProperty), Liveness.read(context::getProperty));
    }

    ProcessWorkerHost(Settings settings, Liveness liveness) throws IOException, InterruptedException {
        this.settings = settings;
        this.liveness = liveness;
        Files.createDirectories(settings.run());
        records = new Records(settings.home().resolve("run/workers"));
        records.endLeftovers();
        List<Path> left = WorkerFolder.leftovers(settings.run());
        if (!left.isEmpty()) {
            ProcessTree.endBelow(settings.run()); // those that a crash left without a record
            left.forEach(WorkerFolder::remove);
        }
        groups = MemoryGroups.find(settings.cgroup(), Path.of("/proc/self")); // after what was in them has ended
        templates = new Templates(settings, numbers::incrementAndGet, executor);
        templates.begin();
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(null, work, "worker-exit-" + threads.incrementAndGet(), 256 * 1024);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public Isolation isolation() {
        return Isolation.PROCESS;
    }

    @Override
    public Expectation expect(Language language) {
        return templates.expect(language);
    }

    @Override
    public Worker start(WorkerSpec spec, WorkerListener listener) throws WorkloadException {
        if (!Files.isDirectory(spec.folder())) {
            throw new WorkloadException("its folder " + spec.folder() + " is missing");
        }
        Optional<Spare> spare = templates.spare(spec);
        long number = spare.isPresent() ? spare.get().number() : numbers.incrementAndGet();
        Path folder =
                spare.isPresent() ? spare.get().folder() : WorkerFolder.create(settings.run(), Long.toString(number));
        ProcessWorker worker;
        Command command;
        try {
            command = Command.of(spec, folder.resolve("s"), settings);
            worker = new ProcessWorker(spec, listener, folder);
        } catch (IOException | WorkloadException e) {
            spare.ifPresentOrElse(Spare::close, () -> WorkerFolder.remove(folder));
            throw e instanceof WorkloadException of
                    ? of
                    : new WorkloadException("no socket for " + spec.workload() + ": " + e, e);
        }
        Process process;
        try {
            process = templates.start(command, spec, folder, spare);
        } catch (WorkloadException e) {
            worker.discard();
            throw e;
        }
        launch(worker, number, process);
        worker.initialize();
        liveness.watch(worker);
        return worker;
    }

    private void launch(ProcessWorker worker, long number, Process process) throws WorkloadException {
        // Under the lock, so that none can slip past deactivate; a start itself, which may take its time, is not.
        synchronized (workers) {
            if (closed) {
                process.destroyForcibly();
                worker.discard();
                throw new WorkloadException("the gateway stops");
            }
            Optional<MemoryGroup> group = groups.flatMap(all -> all.make(number, worker.limit()));
            worker.launch(process, group, memory, records, executor);
            workers.add(worker);
        }
        var unused = worker.exit().thenRun(() -> {
            synchronized (workers) {
                workers.remove(worker);
            }
        });
    }

    @Deactivate
    void deactivate() throws InterruptedException {
        List<ProcessWorker> running;
        synchronized (workers) {
            closed = true;
            running = List.copyOf(workers);
        }
        running.forEach(worker -> worker.kill("the gateway stops"));
        running.forEach(worker -> worker.stop(Duration.ofSeconds(10)));
        templates.close(); // not before: they tell how those ended that they forked
        executor.shutdown();
        executor.awaitTermination(5, TimeUnit.SECONDS);
        memory.close();
        liveness.close();
    }
}
