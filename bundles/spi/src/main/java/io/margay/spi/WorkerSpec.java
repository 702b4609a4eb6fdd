package io.margay.spi;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * How to start a worker.
 *
 * @param instance counts the instances of the generation, from 1
 * @param folder the unpacked package, the worker's working folder
 * @param handler what is called, for example {@code index.handler}
 * @param environment variables beside the gateway's own
 * @param configuration as decision 4 gives it to SDKs: {@code {"config":{"kv":[…]|"json":{…}|"fileList":[…]},
 *     "deviceList":[…]}}
 * @param startTimeout until it must have connected and answered
 */
public record WorkerSpec(
        WorkloadId workload,
        long generation,
        int instance,
        Language language,
        Path folder,
        String handler,
        Map<String, String> environment,
        Map<String, Object> configuration,
        Duration startTimeout) {}
