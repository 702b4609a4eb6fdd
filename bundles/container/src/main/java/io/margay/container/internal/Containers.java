package io.margay.container.internal;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import io.margay.container.internal.ContainerWorker.OutOfMemory;
import io.margay.worker.ExitWords;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The containers of this gateway's workers, and what the engine tells of them. Thread-safe. */
final class Containers implements EngineWatch.Listener {
    static final String GATEWAY = "io.margay.gateway";
    static final String WORKLOAD = "io.margay.workload";
    static final String VERSION = "io.margay.version";
    static final String HASH = "io.margay.hash";
    static final String FOLDER = "io.margay.folder";

    /** What the names of their folders begin with. */
    static final String NAME = "c";

    static final String PAUSED = "paused";

    private static final Logger LOG = LoggerFactory.getLogger(Containers.class);
    private static final String RUNNING = "running";
    /** It is about to be started. */
    private static final String CREATED = "created";
    /** The exit code, as an event has it. */
    private static final String WELL = "0";
    /** Its successor starts meanwhile: the engine does not do both as quickly. */
    private static final long REMOVE_MILLIS = 500;

    private static final long AGAIN_MILLIS = 10_000;

    private final String gateway;
    private final FrozenTime frozenTime;
    private final EngineNow engine;
    private final Jobs jobs;
    private final Removals removals;
    private final Leftovers leftovers;
    private final Map<String, ContainerWorker> workers = new ConcurrentHashMap<>();
    /** Those that have ended while the engine was away, so that they and their logs are still there. */
    private final Map<String, ContainerWorker> ended = new ConcurrentHashMap<>();

    /**
     * @param gateway its id
     * @param run the folder in which those of sockets are
     */
    Containers(String gateway, Path run, FrozenTime frozenTime, EngineNow engine, Jobs jobs) {
        this.gateway = gateway;
        this.frozenTime = frozenTime;
        this.engine = engine;
        this.jobs = jobs;
        removals = new Removals(engine);
        leftovers = new Leftovers(run, engine, jobs, removals);
    }

    EngineNow engine() {
        return engine;
    }

    Jobs jobs() {
        return jobs;
    }

    FrozenTime frozenTime() {
        return frozenTime;
    }

    Leftovers leftovers() {
        return leftovers;
    }

    Removals removals() {
        return removals;
    }

    // What the engine tells.

    @Override
    public void connected(Engine found, EngineWatch.Facts said) {
        engine.found(found, said);
        List<Container> all = found.list(Map.of(GATEWAY, gateway));
        Map<String, Container> others = new HashMap<>();
        all.forEach(each -> others.put(each.getId(), each));
        for (ContainerWorker worker : workers.values()) {
            Container container = others.remove(worker.id());
            if (container != null && runs(container)) {
                jobs.execute(() -> worker.follow(found));
                jobs.execute(() -> lookAtHealth(worker));
            } else {
                jobs.execute(() -> look(worker));
            }
        }
        for (String id : List.copyOf(others.keySet())) {
            ContainerWorker worker = ended.remove(id);
            if (worker != null) {
                others.remove(id);
                removals.expect(id);
                jobs.execute(() -> readAndRemove(worker, found));
            }
        }
        ended.clear();
        leftovers.found(others.values());
        leftovers.removeFolders(all);
        leftovers.sweep();
    }

    private void readAndRemove(ContainerWorker worker, Engine found) {
        try {
            worker.readRest(found);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            removals.remove(worker.id(), worker.folder());
        }
    }

    static boolean runs(Container container) {
        return RUNNING.equals(container.getState()) || PAUSED.equals(container.getState());
    }

    @Override
    public void happened(Event event) {
        String id = container(event);
        String action = event.getAction();
        if (id == null || action == null) {
            return;
        }
        ContainerWorker worker = workers.get(id);
        if (worker == null) {
            if (action.equals("die") || action.equals("destroy") || action.equals("remove")) {
                leftovers.remove(left -> left.id().equals(id), "it has ended");
            }
            return;
        }
        switch (action) {
            case "oom" -> worker.outOfMemory();
            case "die" -> jobs.execute(() -> died(worker, event));
            // Podman's words are the second and the shorter.
            case "destroy", "remove" -> jobs.execute(() -> worker.over(ExitWords.UNKNOWN, OutOfMemory.NO));
            case "health_status: unhealthy", "health_status" -> jobs.execute(() -> lookAtHealth(worker));
            default -> {
                return;
            }
        }
    }

    /** The actor's, as version 1.52 of the API (Docker 29) has it nowhere else; null where neither is there. */
    static String container(Event event) {
        String id = event.getActor() == null ? null : event.getActor().getId();
        return id == null ? event.getId() : id;
    }

    /**
     * Of one that ended as it should there is nothing to ask, and the engine does not answer before it has let go of all that the
     * container had, a tenth of a second in which its successor can be made ready.
     */
    private void died(ContainerWorker worker, Event event) {
        Map<String, String> said =
                event.getActor() == null ? null : event.getActor().getAttributes();
        if (said != null && WELL.equals(said.get("exitCode"))) {
            worker.over(0, OutOfMemory.NO);
        } else {
            look(worker);
        }
    }

    @Override
    public void lost() {
        engine.lost();
        // Nobody tells of ends now but a connection that is lost; one that was lost just before is seen here.
        for (ContainerWorker worker : workers.values()) {
            if (worker.processEnded()) {
                jobs.execute(() -> gone(worker));
            }
        }
    }

    /** A process has ended while the engine was away; where it is back, it knows more. */
    private void gone(ContainerWorker worker) {
        if (engine.get().isPresent()) {
            look(worker);
        } else {
            worker.over(ExitWords.UNKNOWN, OutOfMemory.NO);
        }
    }

    /**
     * The check that an image can have has failed. One that fell into a time in which the container was frozen says nothing: the
     * next is waited for.
     */
    void lookAtHealth(ContainerWorker worker) {
        try {
            Optional<InspectContainerResponse> now = engine.orThrow().inspect(worker.id());
            if (!now.map(HealthChecks::failed).orElse(false)) {
                return;
            }
            long next = HealthChecks.millis(now.get());
            Optional<Duration> awake = worker.awake();
            if (awake.isPresent() && awake.get().toMillis() >= next) {
                worker.failedCheck();
            } else if (awake.isPresent() || !worker.lookWhenAwake()) {
                long left = next - awake.orElse(Duration.ZERO).toMillis();
                jobs.later(left, () -> lookAtHealth(worker));
            }
        } catch (RuntimeException e) {
            LOG.debug("The health of {} can't be asked for", worker.place(), e);
            if (engine.get().isPresent() && workers.containsKey(worker.id())) { // else it is asked for when it is back
                jobs.later(AGAIN_MILLIS, () -> lookAtHealth(worker));
            }
        }
    }

    /** Asks how it is with a worker's container. */
    private void look(ContainerWorker worker) {
        try {
            Optional<ContainerState> state =
                    engine.orThrow().inspect(worker.id()).map(found -> found.getState());
            if (state.isEmpty()) {
                worker.over(ExitWords.UNKNOWN, OutOfMemory.NO);
            } else if (!Boolean.TRUE.equals(state.get().getRunning())
                    && !CREATED.equals(state.get().getStatus())) {
                Long said = state.get().getExitCodeLong();
                int code = said == null ? ExitWords.UNKNOWN : said.intValue();
                boolean told = Boolean.TRUE.equals(state.get().getOOMKilled());
                worker.over(code, told ? OutOfMemory.YES : askKernel(worker, code));
            }
        } catch (RuntimeException e) {
            LOG.debug("{} can't be looked at; it is when the engine is back", worker.place(), e);
        }
    }

    /** Podman 4 knows nothing of it; Docker may have missed it. */
    private OutOfMemory askKernel(ContainerWorker worker, int code) {
        if (code != ContainerWorker.KILLED) {
            return OutOfMemory.NO;
        }
        return KernelLog.tellsOutOfMemory(worker.id())
                .map(yes -> yes ? OutOfMemory.YES : OutOfMemory.NO)
                .orElse(engine.facts().silent() ? OutOfMemory.UNTOLD : OutOfMemory.NO);
    }

    // Workers.

    /** Before the container is started, so that its end is not missed. */
    void add(ContainerWorker worker) {
        workers.put(worker.id(), worker);
        leftovers.taken(worker.id());
    }

    /** Nobody waits for its end: it did not start. */
    void forget(ContainerWorker worker) {
        workers.remove(worker.id());
        removals.expect(worker.id());
        jobs.execute(() -> removals.remove(worker.id(), worker.folder()));
    }

    List<ContainerWorker> workers() {
        return List.copyOf(workers.values());
    }

    void kill(ContainerWorker worker) {
        try {
            engine.orThrow().kill(worker.id());
        } catch (RuntimeException e) {
            LOG.debug("The engine does not end {}", worker.place(), e);
            if (workers.containsKey(worker.id())) {
                worker.process()
                        .filter(ProcessHandle::destroyForcibly)
                        .ifPresentOrElse(
                                process -> process.onExit().thenRunAsync(() -> gone(worker), jobs.executor()),
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
            engine.orThrow().terminate(worker.id());
        } catch (RuntimeException e) {
            LOG.debug("The engine does not ask {} to end", worker.place(), e);
        }
    }

    /** Its container has ended: it is nobody's any more. */
    void removeLater(ContainerWorker worker) {
        removals.expect(worker.id());
        workers.remove(worker.id());
        jobs.execute(() -> {
            boolean away = engine.get().isEmpty();
            if (away) {
                ended.put(worker.id(), worker);
            }
            Optional<Engine> back = engine.get();
            if (away && back.isPresent() && ended.remove(worker.id()) != null) {
                readAndRemove(worker, back.get());
            } else {
                jobs.later(REMOVE_MILLIS, () -> removals.remove(worker.id(), worker.folder()));
            }
        });
    }
}
