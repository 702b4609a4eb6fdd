package io.margay.container.internal;

import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstances;
import io.margay.model.ContainerSettings.VolumeMapping;
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
import io.margay.worker.Liveness;
import io.margay.worker.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

    private final Options options;
    private final Path home;
    private final Liveness liveness;
    private final Definitions definitions;
    private final Containers containers;
    private final Starter starter;
    private final EngineWatch watch;
    private final AtomicLong threads = new AtomicLong();
    private final ThreadPoolExecutor executor =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);

    private final Object startsLock = new Object();
    private int starts; // under startsLock
    private boolean closed; // under startsLock

    @Activate
    public ContainerWorkerHost(BundleContext context, @Reference EdgeInstances instances) throws IOException {
        this(
                Options.readOrRefuse(context::getProperty, Identity.own()),
                Settings.read(context::getProperty),
                Liveness.read(context::getProperty),
                id(instances),
                context.getProperty("margay.version"),
                System::getenv);
    }

    private static String id(EdgeInstances instances) {
        try {
            return instances.gateway().id();
        } catch (EdgeInstanceException e) {
            throw new IllegalStateException("without the gateway's id its containers can't be told from others", e);
        }
    }

    ContainerWorkerHost(
            Options options,
            Settings settings,
            Liveness liveness,
            String gateway,
            String version,
            UnaryOperator<String> environment)
            throws IOException {
        this.options = options;
        home = settings.home();
        this.liveness = liveness;
        Files.createDirectories(settings.run());
        EngineNow engine = new EngineNow();
        definitions = new Definitions(options, settings, gateway, engine);
        containers = new Containers(
                gateway, settings.run(), new FrozenTime(options.frozen(), options.free()), engine, new Jobs(executor));
        HashKey hashKey = HashKey.of(settings.home().resolve("data/container-key"), version);
        starter = new Starter(gateway, settings.run(), hashKey, definitions, containers, liveness);
        watch = new EngineWatch(
                options,
                new Endpoints(options.endpoint(), environment),
                Map.of(Containers.GATEWAY, gateway),
                new KnownEngine(settings.home().resolve("data/container-engine"), options.startup()),
                containers);
        watch.start();
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
        return watch.back(watch.status(), longest);
    }

    @Override
    public CompletableFuture<Boolean> back(Status seen, Duration longest) {
        return watch.back(seen, longest);
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
    public Optional<String> refusal(String volume) {
        return new Guarded(home, watch.status().endpoint()).refusal(volume);
    }

    @Override
    public Optional<String> unable(Language language) {
        return definitions.unable(language);
    }

    @Override
    public void settled(Set<WorkloadId> workloads) {
        containers
                .leftovers()
                .settled(workloads.stream().map(WorkloadId::toString).collect(Collectors.toSet()));
    }

    // Workers.

    @Override
    public Isolation isolation() {
        return Isolation.CONTAINER;
    }

    /** Makes the image, so that the first call does not wait for it. */
    @Override
    public Expectation expect(Language language) {
        containers.jobs().execute(() -> watch.engine().ifPresent(engine -> {
            try {
                definitions.prepare(engine, language);
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
        // A plan has looked at them, but what is behind a link may be something else now.
        for (VolumeMapping volume : spec.container().volumes()) {
            Optional<String> refusal = refusal(volume.host());
            if (refusal.isPresent()) {
                throw new WorkloadException(refusal.get());
            }
        }
        synchronized (startsLock) {
            if (closed) {
                throw new WorkloadException("the gateway stops");
            }
            starts++;
        }
        try {
            return starter.start(engine, spec, listener);
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
        containers.leftovers().remove(left -> true, "the gateway stops");
        containers.removals().await(20_000);
        watch.close();
        liveness.close();
        executor.shutdownNow();
        executor.awaitTermination(5, TimeUnit.SECONDS);
    }
}
