package io.margay.host.internal;

import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.FunctionMode;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Limits;
import io.margay.model.Sealed;
import io.margay.model.WorkloadId;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkloadSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code initialize} says, as the spec of a function that runs in this JVM. */
final class HostedFunction {
    /** The gateway keeps the function's timeout, and says with each call how much of it is left. */
    private static final Duration TIMEOUT = Duration.ofDays(1);
    /** How long a thread without calls stays. */
    private static final Duration IDLE = Duration.ofMinutes(1);

    /** More than the gateway ever sends at a time. */
    private static final int CONCURRENCY = 1000;

    private HostedFunction() {}

    /** @throws IllegalArgumentException the gateway said something that this host does not know */
    static WorkloadSpec spec(Map<String, Object> params) {
        if (!"function".equals(WorkerParams.text(params, "kind"))) {
            throw new IllegalArgumentException("a Java " + params.get("kind") + " can't run in a process of its own");
        }
        String name = WorkerParams.text(params, "name");
        Map<String, Object> config = WorkerParams.object(params, "config");
        Map<String, String> secrets = new LinkedHashMap<>();
        EdgeInstance.Function function = new EdgeInstance.Function(
                name,
                new EdgeInstance.Code.Artefact(""),
                Language.JAVA,
                Optional.empty(),
                Optional.empty(),
                WorkerParams.text(params, "handler"),
                FunctionMode.CONTINUOUS,
                Isolation.BUNDLE,
                Optional.empty(),
                TIMEOUT,
                IDLE,
                1,
                CONCURRENCY,
                Limits.MAX_QUEUE,
                new Configuration(values(config, secrets), Map.of(), WorkerParams.object(config, "json"), Map.of()),
                environment(params),
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE,
                List.of());
        return new WorkloadSpec(
                WorkloadId.function(name),
                ((Number) params.get("generation")).longValue(),
                "",
                Isolation.BUNDLE,
                Handover.OVERLAP,
                Optional.empty(),
                files(config),
                new WorkloadSpec.Settings.OfFunction(function),
                List.of(),
                "1",
                secrets);
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
}
