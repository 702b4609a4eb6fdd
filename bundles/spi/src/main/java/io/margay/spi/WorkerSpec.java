package io.margay.spi;

import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.Language;
import io.margay.model.Sealed;
import io.margay.model.WorkloadId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How to start a worker.
 *
 * @param version what people call the version
 * @param instance counts the instances of the generation, from 1
 * @param folder the unpacked package, the worker's working folder; of Java one with the copy to install, {@link #JAVA_COPY}
 * @param handler what is called, for example {@code index.handler}
 * @param environment variables beside the gateway's own
 * @param secrets the names of those variables that are secret: nobody may write them down
 * @param memoryMegabytes most resident memory of the worker with all that it starts; over it, it is ended
 * @param files that the configuration names, which it must be able to read
 * @param container with what of the host it runs; of no meaning to a process
 * @param configuration as decision 4 gives it to SDKs: {@code {"config":{"kv":[…]|"json":{…}|"fileList":[…]},
 *     "deviceList":[…]}}, of a function {@code "concurrency"} too
 * @param startTimeout until it must have connected and answered
 */
public record WorkerSpec(
        WorkloadId workload,
        long generation,
        String version,
        int instance,
        Language language,
        Path folder,
        String handler,
        Map<String, String> environment,
        Set<String> secrets,
        int memoryMegabytes,
        List<Path> files,
        ContainerSettings container,
        Map<String, Object> configuration,
        Duration startTimeout) {
    /** The least memory limit of a JVM: what it needs for itself, and a third for the function. */
    public static final int JAVA_LEAST_MEGABYTES = 144;

    /**
     * Variables that are read as a process starts, and before whose paths the gateway puts folders of its own. In a container they
     * can't be secret, as secrets come later.
     */
    public static final Set<String> SEARCH_PATHS = Set.of("PYTHONPATH", "NODE_PATH", "LD_LIBRARY_PATH");

    /** The jar in the folder of a Java workload. */
    public static final String JAVA_COPY = "bundle.jar";

    /**
     * One instance of a workload.
     *
     * @throws WorkloadException its package was not unpacked
     */
    public static WorkerSpec of(
            WorkloadSpec spec, int instance, Language language, String handler, Duration startTimeout)
            throws WorkloadException {
        return new WorkerSpec(
                spec.id(),
                spec.generation(),
                spec.version(),
                instance,
                language,
                spec.folder().orElseThrow(() -> new WorkloadException("its package was not unpacked")),
                handler,
                spec.environment(),
                spec.secretVariables(),
                spec.memoryMegabytes(),
                spec.files(),
                spec.container(),
                configurationOf(spec),
                startTimeout);
    }

    /** Without what it is given, which may be secret. */
    @Override
    public String toString() {
        return workload + "#" + generation + "." + instance;
    }

    /** The configuration and devices of a workload as SDKs get them, and how many calls a function gets at a time. */
    public static Map<String, Object> configurationOf(WorkloadSpec spec) {
        Configuration configuration = spec.configuration();
        Map<String, Object> config = new LinkedHashMap<>();
        if (!configuration.values().isEmpty()) {
            List<Map<String, Object>> entries = new ArrayList<>();
            spec.values().forEach((key, value) -> {
                boolean secret = Sealed.is(configuration.values().get(key));
                entries.add(
                        secret
                                ? Map.of("key", key, "value", value, "secret", true)
                                : Map.of("key", key, "value", value));
            });
            config.put("kv", entries);
        }
        if (!configuration.json().isEmpty()) {
            config.put("json", configuration.json());
        }
        if (!spec.files().isEmpty()) {
            config.put(
                    "fileList",
                    spec.files().stream()
                            .map(file -> Map.of("path", file.toString()))
                            .toList());
        }
        List<Map<String, Object>> devices = new ArrayList<>();
        for (WorkloadSpec.AssignedDevice assigned : spec.devices()) {
            Map<String, Object> device = new LinkedHashMap<>();
            device.put("productKey", assigned.device().id().productKey());
            device.put("deviceName", assigned.device().id().deviceName());
            device.put("custom", Json.text(assigned.device().configuration()));
            device.put("extension", assigned.product().extension());
            device.put("tsl", assigned.product().model());
            devices.add(device);
        }
        return spec.id().kind() == WorkloadId.Kind.FUNCTION
                ? Map.of(
                        "config",
                        config,
                        "deviceList",
                        devices,
                        "concurrency",
                        spec.function().concurrency())
                : Map.of("config", config, "deviceList", devices);
    }
}
