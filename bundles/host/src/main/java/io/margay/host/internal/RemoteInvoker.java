package io.margay.host.internal;

import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.Invoker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerParams;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The gateway's functions, this one among them: its other instances may be the ones that are free. */
@Component(property = "remote:Boolean=true")
public final class RemoteInvoker implements Invoker {
    private final GatewayConnection gateway;

    @Activate
    public RemoteInvoker(@Reference GatewayConnection gateway) {
        this.gateway = gateway;
    }

    @Override
    public CompletableFuture<byte[]> invoke(String function, Invocation invocation) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("function", function);
        WorkerParams.putPayload(params, invocation.event());
        params.put("invokerContext", invocation.invokerContext());
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        gateway.request("function.invoke", params).whenComplete((answer, failure) -> {
            if (failure == null) {
                result.complete(WorkerParams.payload(WorkerParams.asObject(answer, "the answer")));
            } else {
                result.completeExceptionally(translate((WorkerException) failure));
            }
        });
        return result;
    }

    private static InvocationException translate(WorkerException failure) {
        String type = failure.errorType();
        Kind kind = failure.lost()
                ? Kind.INSTANCE_LOST
                : Arrays.stream(Kind.values())
                        .filter(each -> each.name().equals(type))
                        .findFirst()
                        .orElse(Kind.HANDLED);
        return new InvocationException(kind, type.isEmpty() ? kind.name() : type, failure.getMessage());
    }
}
