package io.margay.container.internal;

import com.github.dockerjava.api.exception.NotFoundException;
import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstances;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.ContainerEngine;
import io.margay.spi.HostAwayException;
import io.margay.spi.Worker;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Command;
import io.margay.worker.Settings;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs workers in containers of the engine that it finds, and takes back those that an earlier run of the gateway left. */
@Component(
        service = {WorkerHost.class, ContainerEngine.class},
        property = "isolation=container")
public final class ContainerWorkerHost implements WorkerHost, ContainerEngine {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerWorkerHost.class);
    private static final long FIRST_LOOK_MILLIS = 10_000;
    private static final long STARTS_MILLIS = 10_000;
    /** A port or name of a container that has just ended is free a moment later. */
    private static final long RELEASE_MILLIS = 5_000;

    private final Options options;
    private final Settings settings;
    private final String gateway;
    private final Identity own = Identity.own();
    private final Containers containers;
    private final Images images;
    private final CompiledSdk python;
    private final EngineWatch watch;
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong threads = new AtomicLong();
    private final ThreadPoolExecutor executor =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);

    private final Object startsLock = new Object();
    private int starts; // under startsLock
    private boolean closed; // under startsLock

    @Activate
    public ContainerWorkerHost(BundleContext context, @Reference EdgeInstances instances) throws IOException {
        this(Options.read(context::getProperty), Settings.read(context::getProperty), id(instances), System::getenv);
    }

    private static String id(EdgeInstances instances) {
        try {
            return instances.gateway().id();
        } catch (EdgeInstanceException e) {
            throw new IllegalStateException("without the gateway's id its containers can't be told from others", e);
        }
    }

    ContainerWorkerHost(Options options, Settings settings, String gateway, UnaryOperator<String> environment)
            throws IOException {
        this.options = options;
        this.settings = settings;
        this.gateway = gateway;
        Files.createDirectories(settings.run());
        containers = new Containers(gateway, settings.run(), options.frozen(), executor);
        images = new Images(
                options.images(),
                settings.interpreters(),
                settings.home().resolve("data/container-images"),
                shortened(gateway));
        python = new CompiledSdk(
                settings.sdk(),
                settings.interpreters().get(Language.PYTHON),
                settings.home().resolve("cache/sdk"));
        watch = new EngineWatch(
                options,
                new Endpoints(options.endpoint(), environment),
                Map.of(Containers.GATEWAY, gateway),
                containers);
        watch.start();
    }

    /** Part of names, which take no capitals and should be read. */
    private static String shortened(String gateway) {
        return Digests.of(gateway).substring(0, 8);
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(null, work, "container-" + threads.incrementAndGet(), 256 * 1024);
        thread.setDaemon(true);
        return thread;
    }

    // The engine, for others.

    @Override
    public Status status() {
        return watch.status();
    }

    @Override
    public Status await() {
        return watch.await(FIRST_LOOK_MILLIS);
    }

    @Override
    public CompletableFuture<Boolean> back(Duration longest) {
        return watch.back(longest);
    }

    @Override
    public boolean allowsPrivileged() {
        return options.privileged();
    }

    @Override
    public boolean allowsDevices() {
        return options.devices();
    }

    @Override
    public Optional<String> unable(Language language) {
        return images.unable(language);
    }

    @Override
    public void settled(Set<WorkloadId> workloads) {
        containers.settled(workloads.stream().map(WorkloadId::toString).collect(Collectors.toSet()));
    }

    // Workers.

    @Override
    public Isolation isolation() {
        return Isolation.CONTAINER;
    }

    /** Makes the image, so that the first call does not wait for it. */
    @Override
    public Expectation expect(Language language) {
        containers.execute(() -> watch.engine().ifPresent(engine -> {
            try {
                images.get(engine, language);
                sdk(language);
            } catch (WorkloadException | RuntimeException e) {
                LOG.warn("No container in {} can be started for now: {}", language.word(), e.getMessage());
            }
        }));
        return () -> {};
    }

    @Override
    public Worker start(WorkerSpec spec, WorkerListener listener) throws WorkloadException {
        if (!Files.isDirectory(spec.folder())) {
            throw new WorkloadException("its folder " + spec.folder() + " is missing");
        }
        Status now = watch.await(FIRST_LOOK_MILLIS);
        Engine engine = watch.engine()
                .orElseThrow(() -> new HostAwayException("no container can be started: " + now.message()));
        synchronized (startsLock) {
            if (closed) {
                throw new WorkloadException("the gateway stops");
            }
            starts++;
        }
        try {
            Definition definition = define(engine, spec);
            Optional<Containers.Left> left = containers.claim(spec.workload().toString(), definition.hash());
            if (left.isPresent()) {
                Optional<Worker> adopted = adopt(engine, left.get(), definition, listener);
                if (adopted.isPresent()) {
                    return adopted.get();
                }
            }
            return beginWithImage(engine, definition, listener);
        } catch (WorkloadException | RuntimeException e) {
            LOG.debug("No container for {}", spec, e);
            String why = e instanceof RuntimeException of
                    ? "its container can't be started: " + Engine.words(of)
                    : e.getMessage();
            if (watch.engine().filter(engine::equals).isEmpty()) {
                throw new HostAwayException(why, e);
            }
            throw e instanceof WorkloadException of ? of : new WorkloadException(why, e);
        } finally {
            synchronized (startsLock) {
                starts--;
                startsLock.notifyAll();
            }
        }
    }

    private Definition define(Engine engine, WorkerSpec spec) throws WorkloadException {
        Images.Ready image = images.get(engine, spec.language());
        Identity user = user(spec);
        Map<Language, Path> inside = new EnumMap<>(Language.class);
        image.executable().ifPresent(path -> inside.put(spec.language(), path));
        Settings there = new Settings(
                Path.of("/tmp"),
                settings.install(),
                sdk(spec.language()),
                Definition.FOLDER,
                settings.cgroup(),
                settings.templates(),
                inside);
        Command command = Command.inContainer(spec, WorkerFolder.socket(Definition.FOLDER), there);
        Visible.make(spec, user, own);
        return new Definition(
                spec,
                image.id(),
                user,
                Visible.of(spec, there),
                command,
                archive(spec.language()),
                containers.facts().remapped());
    }

    /** Nothing in a container can write down what its interpreter has compiled. */
    private Path sdk(Language language) {
        return language == Language.PYTHON ? python.folder() : settings.sdk();
    }

    /** It fits the JVM that made it, which is that of an image of the host's files. */
    private Optional<Path> archive(Language language) {
        return language == Language.JAVA && !options.images().containsKey(language)
                ? Command.archive().filter(Files::isReadable)
                : Optional.empty();
    }

    /** Whom it runs as inside: never the host's root, unless it is to be privileged. */
    private Identity user(WorkerSpec spec) throws WorkloadException {
        Identity user;
        if (spec.container().privileged() || containers.facts().rootless()) {
            user = Identity.ROOT; // of a rootless engine the gateway's own user
        } else if (options.user().isPresent()) {
            user = Identity.parse(options.user().get());
        } else {
            user = own.user() == 0 ? Identity.NOBODY : own;
        }
        boolean given = user.equals(own) || own.user() == 0 || user.equals(Identity.ROOT);
        if (!given) {
            throw new WorkloadException(
                    "margay.container.user is " + user + ", and the gateway runs as " + own
                            + ": only root can give a socket to another user. Leave the property out, or run the gateway as that user");
        }
        return user;
    }

    /** @return empty where it did not come back; it is gone then */
    private Optional<Worker> adopt(
            Engine engine, Containers.Left left, Definition definition, WorkerListener listener) {
        ContainerWorker worker;
        try {
            Files.deleteIfExists(WorkerFolder.socket(left.folder()));
            worker = new ContainerWorker(definition.spec(), listener, left.folder(), containers);
        } catch (IOException e) {
            containers.removeLeft(left, "it can't be taken over: " + e);
            return Optional.empty();
        }
        try {
            open(left.folder(), worker.socket(), definition.user());
            worker.take(left.id());
            containers.add(worker); // before it is looked whether it runs, so that its end is not missed
            long process = containers.thaw(left);
            if (process == 0) {
                throw new IllegalStateException("it has ended");
            }
            worker.runs(engine, process);
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} of {} can't be taken over; another is started", worker.place(), left.workload(), e);
            containers.forget(worker);
            worker.discard();
            return Optional.empty();
        }
        try {
            worker.initialize();
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
            if (!(e.getCause() instanceof NotFoundException) || !images.lost(definition.image())) {
                throw e;
            }
            LOG.info("Image {} is there no more, and is looked for or made again", definition.image());
            return begin(engine, define(engine, definition.spec()), listener);
        }
    }

    private Worker begin(Engine engine, Definition definition, WorkerListener listener) throws WorkloadException {
        WorkerSpec spec = definition.spec();
        byte[] number = new byte[4];
        random.nextBytes(number);
        Path folder = WorkerFolder.create(
                settings.run(), Containers.NAME + HexFormat.of().formatHex(number));
        ContainerWorker worker;
        try {
            worker = new ContainerWorker(spec, listener, folder, containers);
        } catch (IOException e) {
            WorkerFolder.remove(folder);
            throw new WorkloadException("no socket for " + spec.workload() + ": " + e, e);
        }
        try {
            open(folder, worker.socket(), definition.user());
            create(engine, definition, worker, folder);
        } catch (IOException | RuntimeException | WorkloadException e) {
            worker.discard();
            if (e instanceof WorkloadException of) {
                throw of;
            }
            String why = e instanceof RuntimeException of ? Engine.words(of) : e.toString();
            throw new WorkloadException("its container can't be started: " + why, e);
        }
        worker.initialize();
        return worker;
    }

    private void create(Engine engine, Definition definition, ContainerWorker worker, Path folder)
            throws WorkloadException {
        WorkerSpec spec = definition.spec();
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(Containers.GATEWAY, gateway);
        labels.put(Containers.WORKLOAD, spec.workload().toString());
        labels.put(Containers.VERSION, spec.version());
        labels.put(Containers.HASH, definition.hash());
        labels.put(Containers.FOLDER, folder.getFileName().toString());
        String name = "margay-" + spec.workload().kind().word() + "-"
                + spec.workload().name() + "-" + folder.getFileName();
        String id = definition.create(engine, folder, labels, name).exec().getId();
        worker.take(id);
        containers.add(worker);
        try {
            if (!spec.container().ports().isEmpty()) {
                containers.awaitLetGo(engine);
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

    /** Lets the workload's user at its socket, and nobody else. */
    private void open(Path folder, Path socket, Identity user) throws IOException {
        if (own.user() == 0 && user.user() != 0) {
            user.own(folder);
            user.own(socket);
        }
    }

    @Deactivate
    void deactivate() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STARTS_MILLIS);
        synchronized (startsLock) {
            closed = true;
            while (starts > 0 && System.nanoTime() < until) {
                // Again and again, as what is about to be started can't be ended yet.
                containers.workers().forEach(worker -> worker.kill("the gateway stops"));
                startsLock.wait(100);
            }
        }
        List<ContainerWorker> running = containers.workers();
        running.forEach(worker -> worker.kill("the gateway stops"));
        running.forEach(worker -> worker.stop(Duration.ofSeconds(10)));
        containers.removeLeft(left -> true, "the gateway stops");
        containers.awaitRemoved(10_000);
        watch.close();
        executor.shutdownNow();
        executor.awaitTermination(5, TimeUnit.SECONDS);
    }
}
