package io.margay.host.internal;

import io.margay.spi.BundleService;
import io.margay.spi.ComponentProperties;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.cm.ConfigurationAdmin;

/** The copy of the workload's package that is installed here, and its configuration. */
record WorkloadBundle(Bundle bundle, ConfigurationAdmin configurations) {
    private static final String ANY_BUNDLE = "?";

    static WorkloadBundle install(BundleContext context, Path folder, ConfigurationAdmin configurations)
            throws BundleException {
        Bundle bundle = context.installBundle(
                "reference:" + folder.resolve(WorkerSpec.JAVA_COPY).toUri());
        return new WorkloadBundle(bundle, configurations);
    }

    /** Under the same PID and names as in the gateway's JVM. */
    void configure(WorkloadSpec spec) throws IOException {
        String[] files = spec.files().stream().map(Path::toString).toArray(String[]::new);
        @SuppressWarnings("JdkObsolete") // ConfigAdmin takes dictionaries
        Dictionary<String, Object> properties = new Hashtable<>(ComponentProperties.of(spec.configuration(), files));
        properties.put(BundleService.REVISION, spec.revision());
        configurations
                .getConfiguration(ComponentProperties.pid(spec.id(), bundle), ANY_BUNDLE)
                .update(properties);
    }
}
