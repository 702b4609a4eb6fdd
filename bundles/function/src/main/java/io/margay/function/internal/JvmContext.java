package io.margay.function.internal;

import io.margay.api.function.FunctionContext;
import io.margay.api.function.Gateway;
import io.margay.spi.WorkloadSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;

/** The surroundings of one call in the gateway's JVM. */
record JvmContext(Call call, WorkloadSpec spec, Logger logger, Gateway gateway) implements FunctionContext {
    @Override
    public String requestId() {
        return RequestIds.of(call);
    }

    @Override
    public String functionName() {
        return spec.id().name();
    }

    @Override
    public Map<String, String> environment() {
        return spec.environment();
    }

    @Override
    public Map<String, String> configuration() {
        return spec.values();
    }

    @Override
    public Map<String, Object> configurationJson() {
        return spec.configuration().json();
    }

    @Override
    public List<Path> configurationFiles() {
        return spec.files();
    }

    @Override
    public Map<String, Object> invokerContext() {
        return call.invokerContext;
    }

    @Override
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, call.deadline() - System.nanoTime()));
    }
}
