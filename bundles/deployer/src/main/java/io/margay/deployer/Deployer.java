package io.margay.deployer;

import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.spi.GenerationStatus;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Makes the gateway what an edge instance says, as a whole or not at all. One apply at a time. Thread-safe. */
@ProviderType
public interface Deployer {
    /**
     * A workload as it runs.
     *
     * @param code where its code comes from
     * @param version what people call the version
     * @param isolation where it runs
     */
    record WorkloadStatus(
            WorkloadId id,
            long generation,
            String version,
            String code,
            String language,
            String isolation,
            GenerationStatus status) {}

    /** The edge instance that runs. */
    EdgeInstance current();

    /**
     * Works out the difference and changes nothing. What {@link #apply} would refuse is among the findings.
     *
     * @throws InvalidException its parts do not fit together, so that there is no plan
     */
    Plan plan(EdgeInstance wanted) throws InvalidException;

    /**
     * Makes it so; returns when all workloads work.
     *
     * @return what was done: the plan for the same edge instance
     * @throws InvalidException it can't be: an artefact that is not there or not readable, a bundle that does not resolve
     *     (with the missing requirement in words), a cron expression that never fires; nothing was changed
     * @throws DeploymentException a workload did not work; the gateway is as it was, or, where the message says so, not
     */
    Plan apply(EdgeInstance wanted) throws InvalidException, DeploymentException;

    /**
     * As {@link #apply(EdgeInstance)}, if that is what was planned.
     *
     * @param plan the plan's id
     * @throws PlanChangedException the plan is another one now; nothing was changed
     */
    Plan apply(EdgeInstance wanted, String plan) throws InvalidException, DeploymentException;

    List<WorkloadStatus> workloads();

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
}
