package io.margay.deployer.internal;

import io.margay.model.WorkloadId;
import io.margay.spi.Json;
import io.margay.spi.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.Map;
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
        Dictionary<String, Object> properties = new Hashtable<>(properties(configuration, files));
        properties.put("margay.revision", spec.revision());
        admin.getConfiguration(pid(bundle, spec.id()), ANY_BUNDLE).update(properties);
    }

    /**
     * As a workload finds it.
     *
     * @param files of the file format
     */
    static Map<String, Object> properties(io.margay.model.Configuration configuration, String... files) {
        Map<String, Object> properties = new LinkedHashMap<>();
        // Under one prefix: a key such as service.ranking must not mean anything to DS.
        configuration.values().forEach((name, value) -> properties.put("config.kv." + name, value));
        if (!configuration.json().isEmpty()) {
            properties.put("config.json", Json.text(configuration.json()));
        }
        if (files.length > 0) {
            properties.put("config.files", files);
        }
        return properties;
    }

    /** Never fails; what can't be done is logged. */
    void delete(Bundle bundle, WorkloadId id) {
        try {
            Configuration configuration = admin.getConfiguration(pid(bundle, id), ANY_BUNDLE);
            configuration.delete();
        } catch (IOException | IllegalStateException e) {
            LOG.warn("The configuration of {} can't be deleted", id, e);
        }
    }

    private static String pid(Bundle bundle, WorkloadId id) {
        return "io.margay." + id.kind().word() + "|" + bundle.getSymbolicName() + "|" + bundle.getVersion();
    }
}
