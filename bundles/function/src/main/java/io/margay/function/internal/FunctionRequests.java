package io.margay.function.internal;

import io.margay.api.function.GatewayException;
import io.margay.model.DeviceId;
import io.margay.spi.OrderedExecutor;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerParams;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What a function in a worker asks of the gateway. */
final class FunctionRequests implements WorkerListener, AutoCloseable {
    private final GatewayFacade gateway;
    private final OrderedExecutor publisher;

    FunctionRequests(String function, GatewayFacade gateway) {
        this.gateway = gateway;
        publisher = new OrderedExecutor("function " + function + " publisher");
    }

    @Override
    public CompletionStage<?> request(String method, Map<String, Object> params) {
        switch (method) {
            case "publish":
                // A route whose senders wait may hold it up.
                return CompletableFuture.supplyAsync(() -> publish(params), publisher);
            case "function.invoke":
                return gateway.invokeLater(
                                WorkerParams.text(params, "function"),
                                WorkerParams.payload(params),
                                WorkerParams.object(params, "invokerContext"))
                        .thenApply(result -> {
                            Map<String, Object> answer = new LinkedHashMap<>();
                            if (result.length > 0) {
                                WorkerParams.putPayload(answer, result);
                            }
                            return answer;
                        });
            case "thing.get":
                return gateway.getLater(device(params), WorkerParams.texts(params, "properties"));
            case "thing.set":
                return gateway.setLater(device(params), WorkerParams.object(params, "values"))
                        .thenApply(nothing -> Map.of());
            case "thing.call":
                return gateway.callLater(
                        device(params), WorkerParams.text(params, "service"), WorkerParams.object(params, "input"));
            default:
                throw new IllegalArgumentException("a function can't ask for " + method);
        }
    }

    private Map<String, Object> publish(Map<String, Object> params) {
        try {
            gateway.publish(WorkerParams.text(params, "topic"), WorkerParams.payload(params));
        } catch (GatewayException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return Map.of("accepted", true);
    }

    private static DeviceId device(Map<String, Object> params) {
        return new DeviceId(WorkerParams.text(params, "productKey"), WorkerParams.text(params, "deviceName"));
    }

    @Override
    public void close() {
        publisher.close();
    }
}
