package io.margay.container.internal;

import com.github.dockerjava.api.exception.NotFoundException;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.spi.Worker;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import io.margay.worker.Liveness;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Starts workers: takes back the container that an earlier run of the gateway left for one, else makes one. Thread-safe. */
final class Starter {
    private static final Logger LOG = LoggerFactory.getLogger(Starter.class);
    /** A port or name of a container that has just ended is free a moment later. */
    private static final long RELEASE_MILLIS = 5_000;

    private final String gateway;
    /** In which the folders of sockets are. */
    private final Path run;

    private final HashKey hashKey;
    private final Definitions definitions;
    private final Containers containers;
    private final Liveness liveness;
    private final SecureRandom random = new SecureRandom();

    Starter(
            String gateway,
            Path run,
            HashKey hashKey,
            Definitions definitions,
            Containers containers,
            Liveness liveness) {
        this.gateway = gateway;
        this.run = run;
        this.hashKey = hashKey;
        this.definitions = definitions;
        this.containers = containers;
        this.liveness = liveness;
    }

    Worker start(Engine engine, WorkerSpec spec, WorkerListener listener) throws WorkloadException {
        Definition definition = definitions.define(engine, spec);
        Optional<Leftovers.Left> left =
                containers.leftovers().claim(spec.workload().toString(), definition.hash(hashKey));
        if (left.isPresent()) {
            Optional<Worker> adopted = adopt(engine, left.get(), definition, listener);
            if (adopted.isPresent()) {
                return adopted.get();
            }
        }
        return beginWithImage(engine, definition, listener);
    }

    /** @return empty where it did not come back; it is gone then */
    private Optional<Worker> adopt(Engine engine, Leftovers.Left left, Definition definition, WorkerListener listener) {
        ContainerWorker worker;
        try {
            Files.deleteIfExists(WorkerFolder.socket(left.folder()));
            worker = new ContainerWorker(definition.spec(), listener, left.folder(), containers);
        } catch (IOException e) {
            containers.leftovers().remove(left, "it can't be taken over: " + e);
            return Optional.empty();
        }
        try {
            definitions.open(left.folder(), worker.socket(), definition.user());
            worker.take(left.id());
            worker.wasLeft();
            containers.add(worker); // before it is looked whether it runs, so that its end is not missed
            long process = containers.leftovers().thaw(left);
            if (process == 0) {
                throw new IllegalStateException("it has ended");
            }
            worker.runs(engine, process);
            containers.jobs().execute(() -> containers.lookAtHealth(worker));
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} of {} can't be taken over; another is started", worker.place(), left.workload(), e);
            containers.forget(worker);
            worker.discard();
            return Optional.empty();
        }
        try {
            worker.initialize();
            liveness.watch(worker);
            LOG.info("{} of {}, which an earlier run left, goes on", worker.place(), left.workload());
            return Optional.of(worker);
        } catch (WorkloadException | RuntimeException e) {
            LOG.warn(
                    "{} of {} can't be taken over; another is started: {}",
                    worker.place(),
                    left.workload(),
                    e.getMessage());
            worker.kill("it can't be taken over");
            return Optional.empty();
        }
    }

    /** Makes the image again where it is there no more: that it is, is not looked for before each start. */
    private Worker beginWithImage(Engine engine, Definition definition, WorkerListener listener)
            throws WorkloadException {
        try {
            return begin(engine, definition, listener);
        } catch (WorkloadException e) {
            if (!(e.getCause() instanceof NotFoundException) || !definitions.imageLost(definition.image())) {
                throw e;
            }
            LOG.info("Image {} is there no more, and is looked for or made again", definition.image());
            return begin(engine, definitions.define(engine, definition.spec()), listener);
        }
    }

    private Worker begin(Engine engine, Definition definition, WorkerListener listener) throws WorkloadException {
        WorkerSpec spec = definition.spec();
        byte[] number = new byte[4];
        random.nextBytes(number);
        Path folder = WorkerFolder.create(run, Containers.NAME + HexFormat.of().formatHex(number));
        ContainerWorker worker;
        try {
            worker = new ContainerWorker(spec, listener, folder, containers);
        } catch (IOException e) {
            WorkerFolder.remove(folder);
            throw new WorkloadException("no socket for " + spec.workload() + ": " + e, e);
        }
        try {
            definitions.open(folder, worker.socket(), definition.user());
            create(engine, definition, worker, folder);
        } catch (IOException | RuntimeException | WorkloadException e) {
            worker.discard();
            if (e instanceof WorkloadException of) {
                throw of;
            }
            String why = e instanceof RuntimeException of ? Engine.words(of) : e.toString();
            throw new WorkloadException("its container can't be started: " + why, e);
        }
        warn(spec);
        worker.initialize();
        liveness.watch(worker);
        return worker;
    }

    /** At each start, so that its log tells it whenever somebody looks. */
    private static void warn(WorkerSpec spec) {
        List<DeviceMapping> devices = spec.container().devices();
        if (spec.container().privileged()) {
            WorkloadLog.write(
                    spec.workload(),
                    Level.WARN,
                    "its container is privileged: root in it is root on this host, with all its devices");
        } else if (!devices.isEmpty()) {
            WorkloadLog.write(
                    spec.workload(),
                    Level.WARN,
                    "its container has "
                            + devices.stream().map(DeviceMapping::path).collect(Collectors.joining(", "))
                            + " of this host");
        }
    }

    private void create(Engine engine, Definition definition, ContainerWorker worker, Path folder)
            throws WorkloadException {
        WorkerSpec spec = definition.spec();
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(Containers.GATEWAY, gateway);
        labels.put(Containers.WORKLOAD, spec.workload().toString());
        labels.put(Containers.VERSION, spec.version());
        labels.put(Containers.HASH, definition.hash(hashKey));
        labels.put(Containers.FOLDER, folder.getFileName().toString());
        String name = "margay-" + spec.workload().kind().word() + "-"
                + spec.workload().name() + "-" + folder.getFileName();
        String id = definition.create(engine, folder, labels, name).exec().getId();
        worker.take(id);
        containers.add(worker);
        try {
            if (!spec.container().ports().isEmpty()) {
                containers.removals().awaitLetGo(engine);
            }
            startWhenFree(engine, id);
            long process = engine.inspect(id)
                    .map(found -> found.getState().getPidLong())
                    .orElse(0L);
            worker.runs(engine, process);
        } catch (RuntimeException e) {
            containers.forget(worker);
            throw e;
        }
    }

    /** What a former container held, such as a port, may be let go of a moment after its end is told. */
    private static void startWhenFree(Engine engine, String id) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RELEASE_MILLIS);
        while (true) {
            try {
                engine.start(id);
                return;
            } catch (RuntimeException e) {
                String words = Engine.words(e);
                boolean held = words.contains("already allocated") || words.contains("already in use");
                if (!held || System.nanoTime() > until) {
                    throw e;
                }
                try {
                    Thread.sleep(20);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }
}
