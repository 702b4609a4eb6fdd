package io.margay.container.internal;

import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import io.margay.model.WorkloadId;
import io.margay.worker.ExitWords;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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
    /** It is about to be started. */
    private static final String CREATED = "created";
    /** The exit code, as an event has it. */
    private static final String WELL = "0";
    /** What the names of their folders begin with. */
    static final String NAME = "c";

    /** A function on demand may come back to its container when it is called so soon after the engine was found. */
    private static final long CLAIM_MILLIS = 60_000;

    /** Its successor starts meanwhile: the engine does not do both as quickly. */
    private static final long REMOVE_MILLIS = 500;

    private static final int REMOVALS = 5;
    private static final long AGAIN_MILLIS = 200;
    private static final long LOG_MILLIS = 1_000;
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
    /** Those of {@link #left} that a worker is about to have. */
    private final Set<String> claimed = ConcurrentHashMap.newKeySet();

    private final Set<String> removing = ConcurrentHashMap.newKeySet();
    /** Those that have ended while the engine was away, so that they and their logs are still there. */
    private final Map<String, ContainerWorker> ended = new ConcurrentHashMap<>();

    private final Set<Path> folders; // under this: those of before this run
    private Set<String> known; // under this; null as long as nobody has told
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
        folders = folders(run);
    }

    private static Set<Path> folders(Path run) {
        try (Stream<Path> all = Files.list(run)) {
            return all.filter(each -> each.getFileName().toString().startsWith(NAME))
                    .collect(Collectors.toCollection(HashSet::new));
        } catch (IOException e) {
            LOG.debug("{} can't be looked through", run, e);
            return new HashSet<>();
        }
    }

    void later(long millis, Runnable work) {
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, executor)
                .execute(work);
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

    /** Empty where it does not answer. */
    Optional<Engine> engine() {
        return Optional.ofNullable(engine);
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
        synchronized (this) {
            left.clear(); // of what the former engine said
        }
        for (Container container : there.values()) {
            String id = container.getId();
            ContainerWorker worker = ended.remove(id);
            if (worker != null) {
                removing.add(id);
                execute(() -> readAndRemove(worker, found));
            } else if (!removing.contains(id) && !claimed.contains(id)) {
                leftover(container);
            }
        }
        ended.clear();
        removeFolders(found);
        sweep();
    }

    private void readAndRemove(ContainerWorker worker, Engine found) {
        try {
            worker.readRest(found);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            remove(worker.id(), worker.folder());
        }
    }

    /** Those of before this run to which there is no container any more, or was none yet. */
    private void removeFolders(Engine found) {
        Set<Path> used = new HashSet<>();
        found.list(Map.of(GATEWAY, gateway))
                .forEach(each -> used.add(run.resolve(each.getLabels().getOrDefault(FOLDER, "none"))));
        synchronized (this) {
            folders.stream().filter(each -> !used.contains(each)).forEach(WorkerFolder::remove);
            folders.clear();
        }
    }

    private static boolean runs(Container container) {
        return RUNNING.equals(container.getState()) || PAUSED.equals(container.getState());
    }

    private void leftover(Container container) {
        Map<String, String> labels = container.getLabels();
        Path folder = run.resolve(labels.getOrDefault(FOLDER, "none"));
        if (!runs(container) || !Files.isDirectory(folder)) {
            removeLeft(of(container, folder), "it has ended, or lost its socket");
            return;
        }
        synchronized (this) {
            left.put(container.getId(), of(container, folder));
        }
    }

    private static Left of(Container container, Path folder) {
        Map<String, String> labels = container.getLabels();
        return new Left(
                container.getId(),
                labels.getOrDefault(WORKLOAD, ""),
                labels.getOrDefault(HASH, ""),
                folder,
                PAUSED.equals(container.getState()));
    }

    @Override
    public void happened(Event event) {
        ContainerWorker worker = workers.get(event.getId());
        String action = event.getAction();
        if (action == null) {
            return;
        }
        if (worker == null) {
            if (action.equals("die") || action.equals("destroy")) {
                removeLeft(left -> left.id().equals(event.getId()), "it has ended");
            }
            return;
        }
        switch (action) {
            case "oom" -> worker.outOfMemory();
            case "die" -> execute(() -> died(worker, event));
            case "destroy" -> execute(() -> worker.over(ExitWords.UNKNOWN, false));
            case "health_status: unhealthy" -> worker.unhealthy();
            default -> {
                return;
            }
        }
    }

    /**
     * Of one that ended as it should there is nothing to ask, and the engine does not answer before it has let go of all that the
     * container had, a tenth of a second in which its successor can be made ready.
     */
    private void died(ContainerWorker worker, Event event) {
        Map<String, String> said =
                event.getActor() == null ? null : event.getActor().getAttributes();
        if (said != null && WELL.equals(said.get("exitCode"))) {
            worker.over(0, false);
        } else {
            look(worker);
        }
    }

    /** Waits until the engine has let go of what those had that have just ended, such as ports. */
    void awaitLetGo(Engine now) {
        removing.forEach(now::inspect); // which it answers then, or if there is none
    }

    @Override
    public void lost() {
        engine = null;
        // Nobody tells of ends now but a connection that is lost; one that was lost just before is seen here.
        for (ContainerWorker worker : workers.values()) {
            if (worker.processEnded()) {
                execute(() -> gone(worker));
            }
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
            } else if (!Boolean.TRUE.equals(state.get().getRunning())
                    && !CREATED.equals(state.get().getStatus())) {
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
        claimed.remove(worker.id());
    }

    /** Nobody waits for its end: it did not start. */
    void forget(ContainerWorker worker) {
        workers.remove(worker.id());
        removing.add(worker.id());
        execute(() -> remove(worker.id(), worker.folder()));
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
                ProcessHandle.of(worker.processId())
                        .filter(ProcessHandle::destroyForcibly)
                        .ifPresentOrElse(
                                process -> process.onExit().thenRunAsync(() -> gone(worker), executor),
                                () -> goneIfEnded(worker));
            }
        }
    }

    private void goneIfEnded(ContainerWorker worker) {
        if (worker.processEnded()) {
            gone(worker);
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
        removing.add(worker.id());
        workers.remove(worker.id());
        execute(() -> {
            boolean away = engine == null;
            if (away) {
                ended.put(worker.id(), worker);
            }
            Engine back = engine;
            if (away && back != null && ended.remove(worker.id()) != null) {
                readAndRemove(worker, back);
            } else {
                later(REMOVE_MILLIS, () -> remove(worker.id(), worker.folder()));
            }
        });
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
            boolean done = false;
            for (int tried = 1; !done; tried++) {
                done = removed(id, tried == REMOVALS);
                if (!done) {
                    Thread.sleep(AGAIN_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (Files.isDirectory(folder)) {
                WorkerFolder.remove(folder);
            }
            synchronized (removing) {
                removing.remove(id);
                removing.notifyAll();
            }
        }
    }

    /** @return whether there is nothing more to do */
    private boolean removed(String id, boolean last) {
        Engine now = engine;
        if (now == null) {
            return true;
        }
        try {
            now.remove(id);
            return true;
        } catch (RuntimeException e) {
            if (last) {
                LOG.warn(
                        "Container {} can't be removed, and stays until the engine is found again: {}",
                        id,
                        Engine.words(e));
            }
            return last;
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
                    claimed.add(each.id());
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

    /** One that nobody wants, or that can't be taken over. What it wrote since it was left is told before. */
    void removeLeft(Left each, String why) {
        LOG.info("Container {} of {}, which an earlier run left, is removed: {}", each.id(), each.workload(), why);
        removing.add(each.id());
        claimed.remove(each.id());
        execute(() -> {
            try {
                thaw(each);
                Engine now = engineNow();
                now.kill(each.id());
                if (Files.isDirectory(each.folder())) {
                    new ContainerLog(
                                    each.id(),
                                    WorkloadId.parse(each.workload()),
                                    each.folder().resolve(ContainerLog.NOTE),
                                    () -> {})
                            .finish(now, LOG_MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.debug("The rest of the log of container {} can't be read", each.id(), e);
            } finally {
                remove(each.id(), each.folder());
            }
        });
    }

    /** Which workloads there are: containers of others go, and later those that nobody has taken back. */
    void settled(Set<String> workloads) {
        synchronized (this) {
            known = Set.copyOf(workloads);
        }
        sweep();
    }

    private void sweep() {
        Set<String> wanted;
        synchronized (this) {
            if (known == null || left.isEmpty()) {
                return;
            }
            wanted = known;
        }
        removeLeft(each -> !wanted.contains(each.workload()), "there is no such workload any more");
        later(CLAIM_MILLIS, () -> removeLeft(each -> true, "nobody needed it"));
    }

    /** Wakes up what was left frozen. @return its first process; 0 where it has ended */
    long thaw(Left each) {
        Engine now = engineNow();
        long process = now.inspect(each.id())
                .map(found -> found.getState().getPidLong())
                .orElse(0L);
        if (process == 0) {
            return 0;
        }
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
