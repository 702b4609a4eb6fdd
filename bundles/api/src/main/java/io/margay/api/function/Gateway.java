package io.margay.api.function;

import java.util.Collection;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** What a function may ask of the gateway. Thread-safe; each call blocks until it is answered. */
@ProviderType
public interface Gateway {
    /**
     * Publishes a message with the function as its source. Routes decide where it goes.
     *
     * @param topic without wildcards, at most 256 characters
     * @throws GatewayException the topic is not valid or a route's queue refused the message
     */
    void publish(String topic, byte[] payload) throws GatewayException;

    /**
     * Invokes another function and waits for its result.
     *
     * @return the result, empty where it has none
     * @throws GatewayException the function is not there, failed, or did not answer within its time
     */
    byte[] invoke(String function, byte[] event) throws GatewayException;

    /**
     * Reads properties from a device.
     *
     * @throws GatewayException the device is not there, is off line, refused, or did not answer in time
     */
    Map<String, Object> get(String productKey, String deviceName, Collection<String> properties)
            throws GatewayException;

    /** Writes properties to a device; errors as for {@link #get}. */
    void set(String productKey, String deviceName, Map<String, ?> values) throws GatewayException;

    /** Calls a service of a device; errors as for {@link #get}. */
    Map<String, Object> call(String productKey, String deviceName, String service, Map<String, ?> input)
            throws GatewayException;
}
