package io.margay.host.internal;

import io.margay.model.DeviceId;
import io.margay.spi.Things;
import io.margay.spi.WorkerParams;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The devices of the gateway, which answers within its own time whatever is asked for here. */
@Component
public final class RemoteThings implements Things {
    private final GatewayConnection gateway;

    @Activate
    public RemoteThings(@Reference GatewayConnection gateway) {
        this.gateway = gateway;
    }

    @Override
    public CompletableFuture<Map<String, Object>> get(DeviceId device, List<String> properties, Duration timeout) {
        return ask("thing.get", device, Map.of("properties", properties));
    }

    @Override
    public CompletableFuture<Void> set(DeviceId device, Map<String, ?> values, Duration timeout) {
        return ask("thing.set", device, Map.of("values", values)).thenApply(nothing -> null);
    }

    @Override
    public CompletableFuture<Map<String, Object>> call(
            DeviceId device, String service, Map<String, ?> input, Duration timeout) {
        return ask("thing.call", device, Map.of("service", service, "input", input));
    }

    private CompletableFuture<Map<String, Object>> ask(String method, DeviceId device, Map<String, ?> what) {
        Map<String, Object> params = new LinkedHashMap<>(what);
        params.put("productKey", device.productKey());
        params.put("deviceName", device.deviceName());
        return gateway.request(method, params).thenApply(answer -> WorkerParams.asObject(answer, "the answer"));
    }
}
