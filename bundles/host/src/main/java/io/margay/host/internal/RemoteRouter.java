package io.margay.host.internal;

import io.margay.spi.Message;
import io.margay.spi.MessageRouter;
import io.margay.spi.WorkerParams;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The gateway's router, seen from here. */
@Component
public final class RemoteRouter implements MessageRouter {
    private final GatewayConnection gateway;

    @Activate
    public RemoteRouter(@Reference GatewayConnection gateway) {
        this.gateway = gateway;
    }

    @Override
    public boolean publish(Message message) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("topic", message.topic());
        WorkerParams.putPayload(params, message.payload());
        try {
            gateway.request("publish", params).get();
            return true;
        } catch (ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
