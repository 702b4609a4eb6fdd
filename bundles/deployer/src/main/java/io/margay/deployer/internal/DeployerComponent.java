package io.margay.deployer.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Deployment;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.Plan;
import io.margay.deployer.internal.Application.Surroundings;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.WorkloadId;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import io.margay.security.Secrets;
import io.margay.spi.ArtefactUser;
import io.margay.spi.WorkloadHost;
import io.margay.store.ArtefactStore;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the deployer together when there is a host for drivers and one for functions, and the catalogue, whose files must
 * not go, and the edge instances that are kept; at once, as it starts the gateway.
 */
@Component(
        service = Deployer.class,
        immediate = true,
        property = {"hosts.cardinality.minimum:Integer=2", "users.cardinality.minimum:Integer=2"})
public final class DeployerComponent implements Deployer {
    private static final Logger LOG = LoggerFactory.getLogger(DeployerComponent.class);
    private final BundleContext context;
    private final ReentrantLock lock = new ReentrantLock();
    private final ScheduledThreadPoolExecutor executor;
    private final CountDownLatch loaded = new CountDownLatch(1);
    private final History history;
    private final GatewayDeployer deployer;
    private final BundleWatch watch;
    private final Swap swap;
    private final Table table = new Table();
    private final HealthChecks checks;
    private final Soak soak;
    private final Engine engine;

    @Activate
    public DeployerComponent(
            BundleContext context,
            @Reference ArtefactStore artefacts,
            @Reference(name = "users") List<ArtefactUser> users,
            @Reference DocumentStore documents,
            @Reference Secrets secrets,
            @Reference InstanceReader reader,
            @Reference ConfigurationAdmin configurationAdmin,
            @Reference(name = "hosts") List<WorkloadHost> hosts,
            @Reference Devices devices,
            @Reference Routes routes,
            @Reference Cron cron,
            @Reference Functions functions,
            @Reference Engine engine)
            throws IOException {
        this(
                context,
                artefacts,
                users,
                documents,
                secrets,
                reader,
                configurationAdmin,
                hosts,
                new Surroundings(devices, routes, cron),
                functions,
                Host.here(new Properties(context).home()),
                engine,
                Duration.ofSeconds(1));
    }

    DeployerComponent(
            BundleContext context,
            ArtefactStore artefacts,
            List<ArtefactUser> users,
            DocumentStore documents,
            Secrets secrets,
            InstanceReader reader,
            ConfigurationAdmin configurationAdmin,
            List<WorkloadHost> hosts,
            Surroundings surroundings,
            Functions functions,
            Host host,
            Engine engine,
            Duration firstRetry)
            throws IOException {
        this.context = context;
        this.engine = engine;
        this.executor = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "margay-deployer"));
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        FrameworkWiring wiring =
                context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
        Properties properties = new Properties(context);
        Unpacked unpacked = new Unpacked(properties.home().resolve("data/unpacked"));
        Packages packages = new Packages(
                artefacts,
                unpacked,
                new Requirements(wiring),
                properties.install().resolve("lib/drivers"));
        Installer installer = new Installer(context, packages);
        Opening opening = new Opening(secrets);
        Configurations configurations = new Configurations(configurationAdmin);
        this.swap = new Swap(hosts, configurations);
        Workloads workloads = new Workloads(opening, packages, installer, configurations, swap, table, functions);
        this.history = new History(documents, artefacts, properties.kept());
        this.checks = new HealthChecks(context, table);
        this.soak = new Soak(checks, table, properties.soak());
        this.deployer = new GatewayDeployer(
                lock,
                reader,
                artefacts,
                users,
                unpacked,
                surroundings,
                new Validation(reader, packages, installer, opening, table, engine),
                new Planner(reader, unpacked, host),
                workloads,
                table,
                history,
                checks,
                soak);
        this.watch = new BundleWatch(lock, executor, swap, table, configurations);
        Boot boot = new Boot(
                lock,
                executor,
                reader,
                documents,
                surroundings,
                packages,
                installer,
                workloads,
                table,
                engine,
                firstRetry);
        context.addBundleListener(watch);
        // The gateway answers while the workloads come up.
        executor.execute(() -> boot(boot));
        engine.onArrival(this::engineArrived);
    }

    private void boot(Boot boot) {
        lock.lock();
        try {
            EdgeInstance instance;
            try {
                history.load();
                instance = boot.load();
                deployer.current(instance);
            } finally {
                loaded.countDown();
            }
            boot.start(instance);
            settle();
        } finally {
            lock.unlock();
        }
    }

    /** After the start of the gateway, as both are done by one thread. */
    private void engineArrived() {
        try {
            executor.execute(this::settle);
        } catch (RejectedExecutionException e) {
            LOG.debug("The deployer has stopped");
        }
    }

    /** Not while a deployment is under way, whose new workloads are not current yet. */
    private void settle() {
        lock.lock();
        try {
            Set<WorkloadId> contained =
                    new HashSet<>(Parts.of(deployer.current()).keySet());
            for (Table.Row row : table.rows()) {
                if (row.copy() != null && row.copy().spec().isolation() != Isolation.CONTAINER) {
                    contained.remove(row.parts().id());
                }
            }
            engine.settled(contained);
        } catch (RuntimeException e) {
            LOG.error("The container engine could not be told which workloads there are", e);
        } finally {
            lock.unlock();
        }
    }

    @Deactivate
    void stop() {
        context.removeBundleListener(watch);
        engine.onArrival(() -> {});
        executor.shutdown();
        soak.cut();
        lock.lock();
        try {
            checks.close();
            // Functions first: what waits for them is not to fail for want of a device.
            for (WorkloadId.Kind kind : List.of(WorkloadId.Kind.FUNCTION, WorkloadId.Kind.DRIVER)) {
                for (Table.Row row : table.rows()) {
                    if (row.copy() != null && row.parts().id().kind() == kind) {
                        swap.release(row.copy());
                        swap.close(row.copy());
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public EdgeInstance current() {
        awaitLoaded();
        return deployer.current();
    }

    @Override
    public Plan plan(EdgeInstance wanted) throws InvalidException {
        awaitLoaded();
        return deployer.plan(wanted);
    }

    @Override
    public Plan apply(EdgeInstance wanted, Optional<String> plan, Optional<Duration> soakTime)
            throws InvalidException, DeploymentException {
        awaitLoaded();
        lock.lock();
        try {
            Plan done = deployer.apply(wanted, plan, soakTime);
            settle();
            return done;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<WorkloadStatus> workloads() {
        return deployer.workloads();
    }

    @Override
    public List<WorkloadHealth> health() {
        awaitLoaded();
        return deployer.health();
    }

    @Override
    public List<Deployment> deployments() {
        awaitLoaded();
        return deployer.deployments();
    }

    @Override
    public Optional<Deployment.Details> deployment(long number) {
        awaitLoaded();
        return deployer.deployment(number);
    }

    @Override
    public Optional<EdgeInstance> deployed(long number) throws IOException, InvalidException {
        awaitLoaded();
        return deployer.deployed(number);
    }

    @Override
    public Optional<byte[]> feature(long number) throws IOException {
        awaitLoaded();
        return deployer.feature(number);
    }

    /** Reading the edge instance is the first thing that happens after the start. */
    private void awaitLoaded() {
        try {
            loaded.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before the edge instance was loaded", e);
        }
    }
}
