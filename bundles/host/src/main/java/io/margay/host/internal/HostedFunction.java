package io.margay.host.internal;

import io.margay.spi.Generation;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.Invoker;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.osgi.framework.Bundle;

/** A function in this JVM, called by the same classes that run functions in the gateway itself. */
final class HostedFunction implements HostedWorkload {
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(2);

    private final Invoker invoker;
    private final String name;
    private final Generation generation;

    /** @throws WorkloadException its bundle has no handler, or that can't be initialised */
    HostedFunction(WorkloadHost functions, Invoker invoker, Bundle bundle, WorkloadSpec spec) throws WorkloadException {
        this.invoker = invoker;
        name = spec.id().name();
        generation = functions.create(bundle, spec);
        generation.start(START);
        generation.takeOver();
    }

    @Override
    public CompletionStage<?> request(String method, Map<String, Object> params) {
        if (method.equals("invoke")) {
            return invoke(params);
        }
        throw new UnsupportedOperationException("a Java function can't do " + method);
    }

    private CompletableFuture<?> invoke(Map<String, Object> params) {
        Duration left = Duration.ofMillis(((Number) params.get("deadlineMs")).longValue());
        Invocation invocation = new Invocation(
                WorkerParams.payload(params),
                WorkerParams.object(params, "invokerContext"),
                Optional.of(left),
                true,
                params.get("topic") instanceof String topic ? topic : "",
                WorkerParams.text(params, "requestId"));
        CompletableFuture<Object> answer = new CompletableFuture<>();
        invoker.invoke(name, invocation).whenComplete((result, failure) -> {
            if (failure == null) {
                Map<String, Object> payload = new LinkedHashMap<>();
                if (result.length > 0) {
                    WorkerParams.putPayload(payload, result);
                }
                answer.complete(payload);
            } else if (!(failure instanceof InvocationException e && e.kind() == InvocationException.Kind.TIMEOUT)) {
                answer.completeExceptionally(failure);
            }
            // A call that is late has its outcome from the gateway, which ends this process.
        });
        return answer;
    }

    @Override
    public void stop() {
        generation.release(STOP);
        generation.close();
    }
}
