package io.margay.container.internal;

import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import io.margay.worker.ExitWords;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This gateway's containers: those of its workers, and those that an earlier run of it left. Thread-safe. */
final class Containers implements EngineWatch.Listener {
    static final String GATEWAY = "io.margay.gateway";
    static final String WORKLOAD = "io.margay.workload";
    static final String VERSION = "io.margay.version";
    static final String HASH = "io.margay.hash";
    static final String FOLDER = "io.margay.folder";

    private static final Logger LOG = LoggerFactory.getLogger(Containers.class);
    private static final String PAUSED = "paused";
    private static final String RUNNING = "running";
    /** With less of the machine's memory free, what is frozen goes. */
    private static final double LEAST_FREE = 0.1;

    /**
     * A container that an earlier run left, and that still runs.
     *
     * @param folder of its socket
     */
    record Left(String id, String workload, String hash, Path folder, boolean paused) {}

    private final String gateway;
    private final Path run;
    private final Duration frozen;
    private final Executor executor;
    private final Map<String, ContainerWorker> workers = new ConcurrentHashMap<>();
    private final Map<String, Left> left = new HashMap<>(); // under this
    private final Set<String> removing = ConcurrentHashMap.newKeySet();
    private volatile Engine engine;
    private volatile EngineWatch.Facts facts;

    /**
     * @param gateway its id
     * @param run the folder in which those of sockets are
     */
    Containers(String gateway, Path run, Duration frozen, Executor executor) {
        this.gateway = gateway;
        this.run = run;
        this.frozen = frozen;
        this.executor = executor;
    }

    void execute(Runnable work) {
        executor.execute(work);
    }

    /** @throws IllegalStateException none answers */
    Engine engineNow() {
        Engine now = engine;
        if (now == null) {
            throw new IllegalStateException("the container engine does not answer");
        }
        return now;
    }

    EngineWatch.Facts facts() {
        return facts;
    }

    // What the engine tells.

    @Override
    public void connected(Engine found, EngineWatch.Facts said) {
        facts = said;
        engine = found;
        Map<String, Container> there = new HashMap<>();
        found.list(Map.of(GATEWAY, gateway)).forEach(each -> there.put(each.getId(), each));
        for (ContainerWorker worker : workers.values()) {
            Container container = there.remove(worker.id());
            if (container != null && runs(container)) {
                execute(() -> worker.follow(found));
            } else {
                execute(() -> look(worker));
            }
        }
        for (Container container : there.values()) {
            if (!removing.contains(container.getId())) {
                leftover(container);
            }
        }
    }

    private static boolean runs(Container container) {
        return RUNNING.equals(container.getState()) || PAUSED.equals(container.getState());
    }

    private void leftover(Container container) {
        Map<String, String> labels = container.getLabels();
        Path folder = run.resolve(labels.getOrDefault(FOLDER, "none"));
        if (!runs(container) || !Files.isDirectory(folder)) {
            LOG.info(
                    "Container {} of {}, which an earlier run left, is removed",
                    container.getId(),
                    labels.get(WORKLOAD));
            execute(() -> remove(container.getId(), folder));
            return;
        }
        synchronized (this) {
            left.put(
                    container.getId(),
                    new Left(
                            container.getId(),
                            labels.getOrDefault(WORKLOAD, ""),
                            labels.getOrDefault(HASH, ""),
                            folder,
                            PAUSED.equals(container.getState())));
        }
    }

    @Override
    public void happened(Event event) {
        ContainerWorker worker = workers.get(event.getId());
        String action = event.getAction();
        if (worker == null || action == null) {
            return;
        }
        switch (action) {
            case "oom" -> worker.outOfMemory();
            case "die" -> execute(() -> look(worker));
            case "destroy" -> execute(() -> worker.over(ExitWords.UNKNOWN, false));
            default -> {
                return;
            }
        }
    }

    @Override
    public void lost() {
        engine = null;
        // Nobody tells of ends now but the kernel.
        for (ContainerWorker worker : workers.values()) {
            ProcessHandle.of(worker.processId())
                    .ifPresentOrElse(
                            process -> process.onExit().thenRunAsync(() -> gone(worker), executor),
                            () -> execute(() -> gone(worker)));
        }
    }

    /** A process has ended while the engine was away; where it is back, it knows more. */
    private void gone(ContainerWorker worker) {
        if (engine != null) {
            look(worker);
        } else {
            worker.over(ExitWords.UNKNOWN, false);
        }
    }

    /** Asks how it is with a worker's container. */
    private void look(ContainerWorker worker) {
        try {
            Optional<ContainerState> state = engineNow().inspect(worker.id()).map(found -> found.getState());
            if (state.isEmpty()) {
                worker.over(ExitWords.UNKNOWN, false);
            } else if (!Boolean.TRUE.equals(state.get().getRunning())) {
                Long code = state.get().getExitCodeLong();
                worker.over(
                        code == null ? ExitWords.UNKNOWN : code.intValue(),
                        Boolean.TRUE.equals(state.get().getOOMKilled()));
            }
        } catch (RuntimeException e) {
            LOG.debug("{} can't be looked at; it is when the engine is back", worker.place(), e);
        }
    }

    // Workers.

    /** Before the container is started, so that its end is not missed. */
    void add(ContainerWorker worker) {
        workers.put(worker.id(), worker);
    }

    /** It was never started. */
    void forget(ContainerWorker worker) {
        workers.remove(worker.id());
    }

    List<ContainerWorker> workers() {
        return List.copyOf(workers.values());
    }

    void kill(ContainerWorker worker) {
        try {
            engineNow().kill(worker.id());
        } catch (RuntimeException e) {
            LOG.debug("The engine does not end {}", worker.place(), e);
            // Only while the engine still counts it among those that run is its number surely its own.
            if (workers.containsKey(worker.id()) && worker.processId() > 0) {
                ProcessHandle.of(worker.processId()).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    void terminate(ContainerWorker worker) {
        try {
            engineNow().terminate(worker.id());
        } catch (RuntimeException e) {
            LOG.debug("The engine does not ask {} to end", worker.place(), e);
        }
    }

    /** Its container has ended: it is nobody's any more. */
    void removeLater(ContainerWorker worker) {
        workers.remove(worker.id());
        removing.add(worker.id());
        execute(() -> remove(worker.id(), worker.folder()));
    }

    /** Waits until no container is being removed any more. */
    void awaitRemoved(long millis) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (removing) {
            for (long left = millis; !removing.isEmpty() && left > 0; left = (until - System.nanoTime()) / 1_000_000) {
                removing.wait(left);
            }
        }
    }

    /** Where the engine is away it is found among the leftovers when it is back. */
    private void remove(String id, Path folder) {
        try {
            engineNow().remove(id);
        } catch (RuntimeException e) {
            LOG.debug("Container {} stays for now", id, e);
        }
        if (Files.isDirectory(folder)) {
            WorkerFolder.remove(folder);
        }
        synchronized (removing) {
            removing.remove(id);
            removing.notifyAll();
        }
    }

    // Leftovers.

    /** One that an earlier run left and that is just what is wanted; those of the workload that are not are removed. */
    Optional<Left> claim(String workload, String hash) {
        List<Left> wrong = new ArrayList<>();
        Optional<Left> found = Optional.empty();
        synchronized (this) {
            for (Left each : List.copyOf(left.values())) {
                if (!each.workload().equals(workload)) {
                    continue;
                }
                if (!each.hash().equals(hash)) {
                    left.remove(each.id());
                    wrong.add(each);
                } else if (found.isEmpty()) {
                    left.remove(each.id());
                    found = Optional.of(each);
                }
            }
        }
        wrong.forEach(each -> removeLeft(each, "it was made for other settings"));
        return found;
    }

    /** Removes leftovers that nobody will claim. */
    void removeLeft(Predicate<Left> which, String why) {
        List<Left> unwanted;
        synchronized (this) {
            unwanted = left.values().stream().filter(which).toList();
            unwanted.forEach(each -> left.remove(each.id()));
        }
        unwanted.forEach(each -> removeLeft(each, why));
    }

    private void removeLeft(Left each, String why) {
        LOG.info("Container {} of {} is removed: {}", each.id(), each.workload(), why);
        removing.add(each.id());
        execute(() -> {
            thaw(each);
            remove(each.id(), each.folder());
        });
    }

    /** Wakes up what was left frozen. @return its first process */
    long thaw(Left each) {
        Engine now = engineNow();
        long process = now.inspect(each.id())
                .map(found -> found.getState().getPidLong())
                .orElse(0L);
        try {
            if (each.paused()) {
                now.unpause(each.id());
            } else {
                Freezer freezer = Freezer.of(process, each.id(), this);
                if (freezer.quick()) {
                    freezer.thaw();
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("Container {} was not frozen, or is gone", each.id(), e);
        }
        return process;
    }

    // Memory.

    /** How long one that has been frozen for so long may stay so. */
    Duration frozenFor(Duration been) {
        Duration rest = frozen.minus(been);
        return rest.isNegative() || memoryIsShort() ? Duration.ZERO : rest;
    }

    private static boolean memoryIsShort() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            Map<String, Long> figures = new HashMap<>();
            lines.filter(line -> line.startsWith("MemTotal:") || line.startsWith("MemAvailable:"))
                    .forEach(line -> figures.put(
                            line.substring(0, line.indexOf(':')), Long.parseLong(line.replaceAll("[^0-9]", ""))));
            return figures.size() == 2 && figures.get("MemAvailable") < LEAST_FREE * figures.get("MemTotal");
        } catch (IOException e) {
            LOG.debug("this system has no /proc/meminfo", e);
            return false;
        }
    }
}
