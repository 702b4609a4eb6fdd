package io.margay.deployer.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Deployment;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.Plan;
import io.margay.deployer.PlanChangedException;
import io.margay.deployer.internal.Application.Surroundings;
import io.margay.deployer.internal.Difference.WorkloadStep;
import io.margay.deployer.internal.History.Run;
import io.margay.deployer.internal.Validation.Checked;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.spi.ArtefactUser;
import io.margay.spi.WorkloadException;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The deployer without its surroundings in the framework. */
final class GatewayDeployer implements Deployer {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayDeployer.class);
    static final String CURRENT = "current";

    private final ReentrantLock lock;
    private final InstanceReader reader;
    private final ArtefactStore artefacts;
    private final List<ArtefactUser> users;
    private final Unpacked unpacked;
    private final Surroundings surroundings;
    private final Validation validation;
    private final Planner planner;
    private final Workloads workloads;
    private final Table table;
    private final History history;
    private final DeploymentFeature feature;
    private final HealthChecks checks;
    private final Soak soak;
    private volatile EdgeInstance current = EdgeInstance.EMPTY;

    GatewayDeployer(
            ReentrantLock lock,
            InstanceReader reader,
            ArtefactStore artefacts,
            List<ArtefactUser> users,
            Unpacked unpacked,
            Surroundings surroundings,
            Validation validation,
            Planner planner,
            Workloads workloads,
            Table table,
            History history,
            HealthChecks checks,
            Soak soak) {
        this.lock = lock;
        this.reader = reader;
        this.artefacts = artefacts;
        this.users = List.copyOf(users);
        this.unpacked = unpacked;
        this.surroundings = surroundings;
        this.validation = validation;
        this.planner = planner;
        this.workloads = workloads;
        this.table = table;
        this.history = history;
        this.feature = new DeploymentFeature(reader, artefacts);
        this.checks = checks;
        this.soak = soak;
    }

    @Override
    public EdgeInstance current() {
        return current;
    }

    /** Notes what runs; used at start. */
    void current(EdgeInstance instance) {
        current = instance;
    }

    @Override
    public List<WorkloadStatus> workloads() {
        return table.statuses();
    }

    @Override
    public List<WorkloadHealth> health() {
        // Those, too, that the start of the gateway has not come to yet.
        Set<WorkloadId> all = new HashSet<>(Parts.of(current).keySet());
        all.addAll(checks.all());
        return checks.run(all);
    }

    @Override
    public Plan plan(EdgeInstance wanted) throws InvalidException {
        lock.lock();
        try {
            return planner.plan(current, validation.check(current, wanted));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Plan apply(EdgeInstance wanted, Optional<String> expected, Optional<Duration> soakTime)
            throws InvalidException, DeploymentException {
        lock.lock();
        try {
            Checked checked = validation.check(current, wanted);
            Plan plan = planner.plan(current, checked);
            if (expected.isPresent() && !expected.get().equals(plan.id())) {
                throw new PlanChangedException(expected.get(), plan.id());
            } else if (!plan.errors().isEmpty()) {
                throw new InvalidException(plan.errors());
            }
            Run run = begin(checked);
            plan.findings().stream()
                    .filter(finding -> finding.severity() == Plan.Severity.WARNING)
                    .forEach(finding -> run.log(
                            "warn",
                            "prepare",
                            finding.resource(),
                            finding.fault().message()));
            try {
                apply(checked, soakTime, run);
            } catch (InvalidException e) {
                run.fail(true, e.getMessage());
                throw e;
            } catch (DeploymentException e) {
                run.fail(e.rolledBack(), e.getMessage());
                throw e;
            }
            run.succeed();
            clean();
            LOG.info(
                    "Edge instance {} is deployed, {} steps",
                    current.name(),
                    run.done().size());
            return new Plan(plan.id(), run.done(), plan.restarts(), plan.timers(), plan.findings(), plan.needs());
        } finally {
            lock.unlock();
        }
    }

    private Run begin(Checked checked) throws DeploymentException {
        int steps = checked.difference().steps().size();
        if (steps == 0) {
            return history.unnoted();
        }
        try {
            EdgeInstance wanted = checked.wanted();
            return history.begin(wanted.name(), number -> feature.write(number, wanted), artefacts(wanted), steps);
        } catch (IOException e) {
            throw new DeploymentException(
                    true, "the deployment can't be noted: " + message(e) + "; the gateway is as it was", e);
        }
    }

    private void apply(Checked checked, Optional<Duration> soakTime, Run run)
            throws InvalidException, DeploymentException {
        List<WorkloadStep> steps = checked.difference().workloads();
        Transaction transaction = new Transaction();
        Application application = new Application(surroundings, workloads, transaction, current, checked, run);
        try {
            application.prepare();
            Soak.Before before = soak.before(steps, run);
            run.touches();
            application.run();
            soak.watch(steps, before, soakTime, run);
            run.flip(reader.write(checked.wanted()));
        } catch (InvalidException e) {
            throw takeBack(transaction, e, e);
        } catch (WorkloadException | IOException | RuntimeException e) {
            throw failed(transaction, e);
        } catch (OutOfMemoryError e) {
            throw failed(transaction, new IllegalStateException("the gateway's heap is too small for it", e));
        }
        current = checked.wanted();
        transaction.commit();
    }

    /** Rolls back; an input that was refused stays one only when all is as it was. */
    private InvalidException takeBack(Transaction transaction, InvalidException refused, Exception cause)
            throws DeploymentException {
        List<Exception> failures = transaction.rollBack();
        if (failures.isEmpty()) {
            return refused;
        }
        throw notRolledBack(cause, failures);
    }

    private DeploymentException failed(Transaction transaction, Exception cause) {
        List<Exception> failures = transaction.rollBack();
        if (failures.isEmpty()) {
            String message = message(cause) + "; the gateway is as it was";
            LOG.warn("A deployment failed: {}", message, cause);
            return new DeploymentException(true, message, cause);
        }
        return notRolledBack(cause, failures);
    }

    private DeploymentException notRolledBack(Exception cause, List<Exception> failures) {
        String message = message(cause) + "; and the gateway could not be put back: "
                + failures.stream().map(GatewayDeployer::message).collect(Collectors.joining("; "));
        failures.forEach(cause::addSuppressed);
        LOG.error("A deployment failed half way: {}", message, cause);
        return new DeploymentException(false, message, cause);
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Lets go of files that nothing refers to any more. What stays by mistake is removed after the next deployment. */
    private void clean() {
        Set<String> running = artefacts(current);
        // A built-in driver that runs outside the gateway's JVM has its copy there too, and is no artefact.
        table.rows().stream()
                .filter(row -> row.copy() != null)
                .forEach(row -> running.add(row.copy().info().sha256()));
        Set<String> kept = new HashSet<>(running);
        kept.addAll(history.artefacts());
        try {
            unpacked.retain(running);
            for (ArtefactUser user : users) {
                kept.addAll(user.artefacts());
            }
            artefacts.retain(kept);
        } catch (IOException e) {
            LOG.warn("Files that are no longer used could not be removed", e);
        }
    }

    private static Set<String> artefacts(EdgeInstance instance) {
        Set<String> used = new HashSet<>();
        for (Parts parts : Parts.of(instance).values()) {
            used.addAll(parts.configuration().files().values());
            // Also where it does not hold: it will once the workload's own configuration is taken away.
            used.addAll(parts.defaults().configuration().files().values());
            if (parts.code() instanceof Code.Artefact artefact) {
                used.add(artefact.sha256());
            }
        }
        return used;
    }

    @Override
    public List<Deployment> deployments() {
        return history.list();
    }

    @Override
    public Optional<Deployment.Details> deployment(long number) {
        return history.find(number);
    }

    @Override
    public Optional<EdgeInstance> deployed(long number) throws IOException, InvalidException {
        Optional<byte[]> written = history.snapshot(number);
        return written.isEmpty() ? Optional.empty() : Optional.of(feature.read(written.get()));
    }

    @Override
    public Optional<byte[]> feature(long number) throws IOException {
        return history.snapshot(number);
    }
}
