package io.margay.deployer.internal;

import io.margay.model.WorkloadId;
import io.margay.spi.BundleService;
import io.margay.spi.ComponentProperties;
import io.margay.spi.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands workloads their configuration through ConfigAdmin, each copy its own. */
final class Configurations {
    private static final Logger LOG = LoggerFactory.getLogger(Configurations.class);
    private static final String ANY_BUNDLE = "?";

    private final ConfigurationAdmin admin;

    Configurations(ConfigurationAdmin admin) {
        this.admin = admin;
    }

    void update(Bundle bundle, WorkloadSpec spec, io.margay.model.Configuration configuration) throws IOException {
        String[] files = spec.files().stream().map(Path::toString).toArray(String[]::new);
        @SuppressWarnings("JdkObsolete") // ConfigAdmin takes dictionaries
        Dictionary<String, Object> properties = new Hashtable<>(ComponentProperties.of(configuration, files));
        properties.put(BundleService.REVISION, spec.revision());
        admin.getConfiguration(ComponentProperties.pid(spec.id(), bundle), ANY_BUNDLE)
                .update(properties);
    }

    /** Never fails; what can't be done is logged. */
    void delete(Bundle bundle, WorkloadId id) {
        try {
            Configuration configuration = admin.getConfiguration(ComponentProperties.pid(id, bundle), ANY_BUNDLE);
            configuration.delete();
        } catch (IOException | IllegalStateException e) {
            LOG.warn("The configuration of {} can't be deleted", id, e);
        }
    }
}
