package io.margay.spi;

import io.margay.model.WorkloadId;
import org.osgi.annotation.versioning.ProviderType;
import org.osgi.framework.Bundle;

/** Runs workloads of one kind: {@code device} hosts drivers, {@code function} functions. Registered as a service. */
@ProviderType
public interface WorkloadHost {
    WorkloadId.Kind kind();

    /**
     * Prepares a generation without touching anything that only one may hold: finds the handler or the driver component
     * in a JVM bundle, checks the package of any other.
     *
     * @param bundle the active bundle, or the carrier of a package that runs outside the JVM
     * @throws WorkloadException it can't run; nothing of it is left
     */
    Generation create(Bundle bundle, WorkloadSpec spec) throws WorkloadException;
}
