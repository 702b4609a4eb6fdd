package io.margay.spi;

import io.margay.model.Configuration;
import io.margay.model.Sealed;
import io.margay.model.WorkloadId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.framework.Bundle;

/** A workload's configuration as its component finds it, in whichever JVM that runs. */
public final class ComponentProperties {
    private ComponentProperties() {}

    /**
     * Names and values for ConfigAdmin, without secrets: properties of components are seen in the web console, in reports of
     * it, and by every bundle.
     *
     * @param files paths of the file format's files
     */
    public static Map<String, Object> of(Configuration configuration, String... files) {
        Map<String, Object> properties = new LinkedHashMap<>();
        // Under one prefix: a key such as service.ranking must not mean anything to DS.
        configuration.values().forEach((name, value) -> {
            if (!Sealed.is(value)) {
                properties.put("config.kv." + name, value);
            }
        });
        if (!configuration.json().isEmpty()) {
            properties.put("config.json", Json.text(configuration.json()));
        }
        if (files.length > 0) {
            properties.put("config.files", files);
        }
        return properties;
    }

    /** The PID of a workload's copy: targeted, so that each live copy sees its own only. */
    public static String pid(WorkloadId id, Bundle copy) {
        return "io.margay." + id.kind().word() + "|" + copy.getSymbolicName() + "|" + copy.getVersion();
    }
}
