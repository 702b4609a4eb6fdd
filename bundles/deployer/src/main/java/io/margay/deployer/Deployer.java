package io.margay.deployer;

import io.margay.model.ContainerSettings;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.spi.GenerationStatus;
import io.margay.spi.Health;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Makes the gateway what an edge instance says, as a whole or not at all. One apply at a time. Thread-safe. */
@ProviderType
public interface Deployer {
    /** The longest soak time. */
    Duration MAX_SOAK = Duration.ofMinutes(10);

    /**
     * A workload as it runs.
     *
     * @param code where its code comes from
     * @param version what people call the version
     * @param isolation where it runs
     * @param container what of this host its container has; empty where it does not run in one
     * @param memoryMegabytes the memory limit of each of its instances; empty where none is kept, as in the gateway's JVM
     */
    record WorkloadStatus(
            WorkloadId id,
            long generation,
            String version,
            String code,
            String language,
            String isolation,
            Optional<ContainerSettings> container,
            Optional<Integer> memoryMegabytes,
            GenerationStatus status) {}

    /**
     * What the health check of a workload found.
     *
     * @param took how long the workload took to answer
     */
    record WorkloadHealth(WorkloadId id, Health health, Duration took) {}

    /** The edge instance that runs. */
    EdgeInstance current();

    /**
     * Works out the difference and changes nothing. What {@link #apply} would refuse is among the findings.
     *
     * @throws InvalidException its parts do not fit together, so that there is no plan
     */
    Plan plan(EdgeInstance wanted) throws InvalidException;

    /**
     * Makes it so; returns when all workloads work, and those that it changed have gone on to do so for the soak time.
     *
     * @param plan the id of what was planned; empty for whatever it is
     * @param soak empty for the gateway's own; zero to ask each just once; at most {@link #MAX_SOAK}
     * @return what was done: the plan for the same edge instance
     * @throws InvalidException it can't be: an artefact that is not there or not readable, a bundle that does not resolve
     *     (with the missing requirement in words), a cron expression that never fires; nothing was changed
     * @throws DeploymentException a workload did not work; the gateway is as it was, or, where the message says so, not
     * @throws PlanChangedException the plan is another one now; nothing was changed
     */
    Plan apply(EdgeInstance wanted, Optional<String> plan, Optional<Duration> soak)
            throws InvalidException, DeploymentException;

    /** Whatever the plan is. */
    default Plan apply(EdgeInstance wanted, Optional<Duration> soak) throws InvalidException, DeploymentException {
        return apply(wanted, Optional.empty(), soak);
    }

    /** Whatever the plan is, with the gateway's own soak time. */
    default Plan apply(EdgeInstance wanted) throws InvalidException, DeploymentException {
        return apply(wanted, Optional.empty(), Optional.empty());
    }

    /**
     * As {@link #apply(EdgeInstance)}, if that is what was planned.
     *
     * @param plan the plan's id
     * @throws PlanChangedException the plan is another one now; nothing was changed
     */
    default Plan apply(EdgeInstance wanted, String plan) throws InvalidException, DeploymentException {
        return apply(wanted, Optional.of(plan), Optional.empty());
    }

    List<WorkloadStatus> workloads();

    /** Asks each workload whether it works, and waits for the answers: some seconds where one does not answer. */
    List<WorkloadHealth> health();

    /** The last deployments, the newest first. */
    List<Deployment> deployments();

    /** What is known of a deployment, also while it runs; empty when there was none of that number, or it is not kept. */
    Optional<Deployment.Details> deployment(long number);

    /**
     * The edge instance that was deployed, to be applied again.
     *
     * @return empty when it is not kept
     * @throws IOException it is damaged
     * @throws InvalidException it was written by a gateway that knew other keys
     */
    Optional<EdgeInstance> deployed(long number) throws IOException, InvalidException;

    /**
     * What was deployed, as it is kept: an OSGi Feature, as JSON.
     *
     * @return empty when it is not kept
     * @throws IOException it is damaged
     */
    Optional<byte[]> feature(long number) throws IOException;
}
