package io.margay.container.internal;

import com.github.dockerjava.api.model.Container;
import io.margay.model.WorkloadId;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Containers that an earlier run of the gateway left: workers take back what is theirs, the rest is removed. Thread-safe. */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    /** A function on demand may come back to its container when it is called so soon after the engine was found. */
    private static final long CLAIM_MILLIS = 60_000;

    /**
     * A container that an earlier run left, and that still runs.
     *
     * @param folder of its socket
     */
    record Left(String id, String workload, String hash, Path folder, boolean paused) {}

    private final Path run;
    private final EngineNow engine;
    private final Jobs jobs;
    private final Removals removals;
    private final Map<String, Left> left = new HashMap<>(); // under this
    /** Those of {@link #left} that a worker is about to have. */
    private final Set<String> claimed = ConcurrentHashMap.newKeySet();

    private final Set<Path> folders; // under this: those of before this run
    private Set<String> known; // under this; null as long as nobody has told

    /** @param run the folder in which those of sockets are */
    Leftovers(Path run, EngineNow engine, Jobs jobs, Removals removals) {
        this.run = run;
        this.engine = engine;
        this.jobs = jobs;
        this.removals = removals;
        folders = folders(run);
    }

    private static Set<Path> folders(Path run) {
        try (Stream<Path> all = Files.list(run)) {
            return all.filter(each -> each.getFileName().toString().startsWith(Containers.NAME))
                    .collect(Collectors.toCollection(HashSet::new));
        } catch (IOException e) {
            LOG.debug("{} can't be looked through", run, e);
            return new HashSet<>();
        }
    }

    /** Those that the engine has now, in the place of those that it had. */
    void found(Collection<Container> containers) {
        synchronized (this) {
            left.clear();
        }
        for (Container container : containers) {
            if (!removals.has(container.getId()) && !claimed.contains(container.getId())) {
                found(container);
            }
        }
    }

    private void found(Container container) {
        Map<String, String> labels = container.getLabels();
        Left found = new Left(
                container.getId(),
                labels.getOrDefault(Containers.WORKLOAD, ""),
                labels.getOrDefault(Containers.HASH, ""),
                folder(container),
                Containers.PAUSED.equals(container.getState()));
        if (!Containers.runs(container) || !Files.isDirectory(found.folder())) {
            remove(found, "it has ended, or lost its socket");
            return;
        }
        synchronized (this) {
            left.put(found.id(), found);
        }
    }

    /** Removes the folders of before this run to which there is no container any more, or was none yet. */
    void removeFolders(Collection<Container> containers) {
        Set<Path> used = containers.stream().map(this::folder).collect(Collectors.toSet());
        synchronized (this) {
            folders.stream().filter(each -> !used.contains(each)).forEach(WorkerFolder::remove);
            folders.clear();
        }
    }

    private Path folder(Container container) {
        return run.resolve(container.getLabels().getOrDefault(Containers.FOLDER, "none"));
    }

    /** A worker has it now. */
    void taken(String id) {
        claimed.remove(id);
    }

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
        wrong.forEach(each -> remove(each, "it was made for other settings"));
        return found;
    }

    /** Removes leftovers that nobody will claim. */
    void remove(Predicate<Left> which, String why) {
        List<Left> unwanted;
        synchronized (this) {
            unwanted = left.values().stream().filter(which).toList();
            unwanted.forEach(each -> left.remove(each.id()));
        }
        unwanted.forEach(each -> remove(each, why));
    }

    /** One that nobody wants, or that can't be taken over. What it wrote since it was left is told before. */
    void remove(Left each, String why) {
        LOG.info("Container {} of {}, which an earlier run left, is removed: {}", each.id(), each.workload(), why);
        removals.expect(each.id());
        claimed.remove(each.id());
        jobs.execute(() -> {
            try {
                thaw(each);
                Engine now = engine.orThrow();
                now.kill(each.id());
                if (Files.isDirectory(each.folder())) {
                    new ContainerLog(
                                    each.id(),
                                    WorkloadId.parse(each.workload()),
                                    each.folder().resolve(ContainerLog.NOTE),
                                    jobs,
                                    () -> {})
                            .finish(now);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.debug("The rest of the log of container {} can't be read", each.id(), e);
            } finally {
                removals.remove(each.id(), each.folder());
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

    void sweep() {
        Set<String> wanted;
        synchronized (this) {
            if (known == null || left.isEmpty()) {
                return;
            }
            wanted = known;
        }
        remove(each -> !wanted.contains(each.workload()), "there is no such workload any more");
        jobs.later(CLAIM_MILLIS, () -> remove(each -> true, "nobody needed it"));
    }

    /** Wakes up what was left frozen. @return its first process; 0 where it has ended */
    long thaw(Left each) {
        Engine now = engine.orThrow();
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
                Freezer freezer = Freezer.of(process, each.id(), engine);
                if (freezer.quick()) {
                    freezer.thaw();
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("Container {} was not frozen, or is gone", each.id(), e);
        }
        return process;
    }
}
