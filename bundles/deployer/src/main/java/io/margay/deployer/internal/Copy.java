package io.margay.deployer.internal;

import io.margay.spi.Generation;
import io.margay.spi.WorkloadSpec;
import org.osgi.framework.Bundle;

/** One installed copy of a workload. Changed under the deployer's lock, its status read from any thread. */
final class Copy {
    private volatile Parts parts;
    private final PackageInfo info;
    private final Bundle bundle;
    private volatile WorkloadSpec spec;
    private volatile Generation generation;

    Copy(Parts parts, PackageInfo info, Bundle bundle, WorkloadSpec spec) {
        this.parts = parts;
        this.info = info;
        this.bundle = bundle;
        this.spec = spec;
    }

    Parts parts() {
        return parts;
    }

    /** Notes what the edge instance says of it now. */
    void parts(Parts changed) {
        parts = changed;
    }

    PackageInfo info() {
        return info;
    }

    Bundle bundle() {
        return bundle;
    }

    WorkloadSpec spec() {
        return spec;
    }

    void spec(WorkloadSpec changed) {
        spec = changed;
    }

    /** Null while it was not created, and after the administrator stopped its bundle. */
    Generation generation() {
        return generation;
    }

    void generation(Generation created) {
        generation = created;
    }
}
