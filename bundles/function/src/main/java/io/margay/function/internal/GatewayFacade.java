package io.margay.function.internal;

import io.margay.api.function.Gateway;
import io.margay.api.function.GatewayException;
import io.margay.model.DeviceId;
import io.margay.model.Source;
import io.margay.model.TopicFilter;
import io.margay.spi.Invocation;
import io.margay.spi.Invoker;
import io.margay.spi.Message;
import io.margay.spi.MessageRouter;
import io.margay.spi.Things;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** What a function may ask of the gateway. */
final class GatewayFacade implements Gateway {
    private static final Duration THING_TIMEOUT = Duration.ofSeconds(10);

    private final Source source;
    private final MessageRouter router;
    private final Invoker invoker;
    private final Things things;

    GatewayFacade(String function, MessageRouter router, Invoker invoker, Things things) {
        source = new Source.OfFunction(function);
        this.router = router;
        this.invoker = invoker;
        this.things = things;
    }

    @Override
    public void publish(String topic, byte[] payload) throws GatewayException {
        try {
            TopicFilter.checkTopic(topic);
        } catch (IllegalArgumentException e) {
            throw new GatewayException(e.getMessage(), e);
        }
        if (!router.publish(new Message(source, topic, payload.clone(), System.currentTimeMillis()))) {
            throw new GatewayException("topic " + topic
                    + ": a route's queue had no room in time, or the disk of a stored one can't be written");
        }
    }

    CompletableFuture<byte[]> invokeLater(String function, byte[] event, Map<String, Object> invokerContext) {
        return invoker.invoke(function, new Invocation(event, invokerContext, java.util.Optional.empty()));
    }

    CompletableFuture<Map<String, Object>> getLater(DeviceId device, List<String> properties) {
        return things.get(device, properties, THING_TIMEOUT);
    }

    CompletableFuture<Void> setLater(DeviceId device, Map<String, ?> values) {
        return things.set(device, values, THING_TIMEOUT);
    }

    CompletableFuture<Map<String, Object>> callLater(DeviceId device, String service, Map<String, ?> input) {
        return things.call(device, service, input, THING_TIMEOUT);
    }

    @Override
    public byte[] invoke(String function, byte[] event) throws GatewayException {
        return await(invokeLater(function, event, Map.of()));
    }

    @Override
    public Map<String, Object> get(String productKey, String deviceName, Collection<String> properties)
            throws GatewayException {
        return await(getLater(new DeviceId(productKey, deviceName), List.copyOf(properties)));
    }

    @Override
    public void set(String productKey, String deviceName, Map<String, ?> values) throws GatewayException {
        await(setLater(new DeviceId(productKey, deviceName), values));
    }

    @Override
    public Map<String, Object> call(String productKey, String deviceName, String service, Map<String, ?> input)
            throws GatewayException {
        return await(callLater(new DeviceId(productKey, deviceName), service, input));
    }

    private static <T> T await(CompletableFuture<T> answer) throws GatewayException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new GatewayException(e.getCause().getMessage(), e.getCause());
        } catch (CancellationException e) {
            throw new GatewayException("the call was cancelled", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GatewayException("interrupted", e);
        }
    }
}
