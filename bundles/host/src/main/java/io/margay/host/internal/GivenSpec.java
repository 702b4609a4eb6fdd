package io.margay.host.internal;

import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.FunctionMode;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Limits;
import io.margay.model.Sealed;
import io.margay.model.WorkloadId;
import io.margay.spi.Json;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkloadSpec;
import io.margay.spi.WorkloadSpec.AssignedDevice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code initialize} and {@code driver.changed} say, as the spec of a workload that runs in this JVM. */
final class GivenSpec {
    /** The gateway keeps the function's timeout, and says with each call how much of it is left. */
    private static final Duration TIMEOUT = Duration.ofDays(1);
    /** How long a thread without calls stays. */
    private static final Duration IDLE = Duration.ofMinutes(1);

    /** More than the gateway ever sends at a time. */
    private static final int CONCURRENCY = 1000;

    private GivenSpec() {}

    /** @throws IllegalArgumentException the gateway said something that this host does not know */
    static WorkloadSpec of(Map<String, Object> params) {
        String kind = WorkerParams.text(params, "kind");
        String name = WorkerParams.text(params, "name");
        WorkloadId id =
                switch (kind) {
                    case "function" -> WorkloadId.function(name);
                    case "driver" -> WorkloadId.driver(name);
                    default -> throw new IllegalArgumentException("a Java " + kind + " is not known here");
                };
        return spec(
                id,
                ((Number) params.get("generation")).longValue(),
                WorkerParams.text(params, "handler"),
                environment(params),
                params,
                1);
    }

    /** The same workload with the configuration and devices that it has now. */
    static WorkloadSpec changed(WorkloadSpec before, Map<String, Object> params) {
        return spec(
                before.id(),
                before.generation(),
                "",
                before.driver().environment(),
                params,
                Integer.parseInt(before.revision()) + 1);
    }

    private static WorkloadSpec spec(
            WorkloadId id,
            long generation,
            String handler,
            Map<String, String> environment,
            Map<String, Object> params,
            int revision) {
        Map<String, Object> config = WorkerParams.object(params, "config");
        Map<String, String> secrets = new LinkedHashMap<>();
        Configuration configuration =
                new Configuration(values(config, secrets), Map.of(), object(config, "json"), Map.of());
        boolean driver = id.kind() == WorkloadId.Kind.DRIVER;
        return new WorkloadSpec(
                id,
                generation,
                "",
                Isolation.BUNDLE,
                Handover.OVERLAP,
                Optional.empty(),
                files(config),
                driver
                        ? driver(id.name(), environment, configuration)
                        : function(id.name(), handler, environment, configuration),
                driver ? devices(id.name(), params) : List.of(),
                String.valueOf(revision),
                secrets);
    }

    private static WorkloadSpec.Settings driver(
            String name, Map<String, String> environment, Configuration configuration) {
        return new WorkloadSpec.Settings.OfDriver(new EdgeInstance.Driver(
                name,
                new EdgeInstance.Code.Artefact(""),
                Language.JAVA,
                Optional.empty(),
                Optional.empty(),
                Isolation.BUNDLE,
                Optional.empty(),
                configuration,
                environment,
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE));
    }

    private static WorkloadSpec.Settings function(
            String name, String handler, Map<String, String> environment, Configuration configuration) {
        return new WorkloadSpec.Settings.OfFunction(new EdgeInstance.Function(
                name,
                new EdgeInstance.Code.Artefact(""),
                Language.JAVA,
                Optional.empty(),
                Optional.empty(),
                handler,
                FunctionMode.CONTINUOUS,
                Isolation.BUNDLE,
                Optional.empty(),
                TIMEOUT,
                IDLE,
                1,
                CONCURRENCY,
                Limits.MAX_QUEUE,
                configuration,
                environment,
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE,
                List.of()));
    }

    /** @param secrets is given the text of those entries that are secret; what stands in their place is made here */
    private static Map<String, String> values(Map<String, Object> config, Map<String, String> secrets) {
        Map<String, String> values = new LinkedHashMap<>();
        if (config.get("kv") instanceof List<?> entries) {
            for (Object entry : entries) {
                Map<String, Object> pair = WorkerParams.asObject(entry, "an entry of kv");
                String key = WorkerParams.text(pair, "key");
                String value = WorkerParams.text(pair, "value");
                boolean secret = Boolean.TRUE.equals(pair.get("secret"));
                values.put(key, secret ? Sealed.PREFIX + key : value);
                if (secret) {
                    secrets.put(Sealed.PREFIX + key, value);
                }
            }
        }
        return values;
    }

    private static List<Path> files(Map<String, Object> config) {
        return config.get("fileList") instanceof List<?> entries
                ? entries.stream()
                        .map(entry -> Path.of(WorkerParams.text(WorkerParams.asObject(entry, "a file"), "path")))
                        .toList()
                : List.of();
    }

    private static Map<String, String> environment(Map<String, Object> params) {
        Map<String, String> environment = new LinkedHashMap<>();
        WorkerParams.object(params, "environment")
                .forEach((name, value) -> environment.put(name, String.valueOf(value)));
        return environment;
    }

    private static List<AssignedDevice> devices(String driver, Map<String, Object> params) {
        List<AssignedDevice> devices = new ArrayList<>();
        // Each device comes with its product, which is as large as many devices.
        Map<String, EdgeInstance.Product> products = new HashMap<>();
        if (params.get("deviceList") instanceof List<?> entries) {
            for (Object entry : entries) {
                Map<String, Object> device = WorkerParams.asObject(entry, "a device");
                String key = WorkerParams.text(device, "productKey");
                EdgeInstance.Product product = products.computeIfAbsent(
                        key, k -> new EdgeInstance.Product(k, object(device, "tsl"), object(device, "extension")));
                devices.add(new AssignedDevice(
                        new EdgeInstance.Device(
                                new DeviceId(key, WorkerParams.text(device, "deviceName")), driver, custom(device)),
                        product));
            }
        }
        return List.copyOf(devices);
    }

    private static Map<String, Object> custom(Map<String, Object> device) {
        try {
            byte[] text = WorkerParams.text(device, "custom").getBytes(StandardCharsets.UTF_8);
            return widened(Json.readObject(text));
        } catch (IOException e) {
            throw new IllegalArgumentException("custom of a device: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> object(Map<String, Object> params, String key) {
        return widened(WorkerParams.object(params, key));
    }

    private static Map<String, Object> widened(Map<String, Object> object) {
        Map<String, Object> widened = new LinkedHashMap<>();
        object.forEach((name, value) -> widened.put(name, widened(value)));
        return widened;
    }

    /** Whole numbers are {@code Long} to authors, however small. */
    private static Object widened(Object value) {
        if (value instanceof Map<?, ?>) {
            return widened(WorkerParams.asObject(value, ""));
        }
        if (value instanceof List<?> list) {
            List<Object> widened = new ArrayList<>();
            list.forEach(each -> widened.add(widened(each)));
            return widened;
        }
        return value instanceof Integer number ? Long.valueOf(number) : value;
    }
}
