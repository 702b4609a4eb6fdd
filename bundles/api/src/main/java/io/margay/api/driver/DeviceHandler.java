package io.margay.api.driver;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Answers for one device. The gateway calls it on threads of its own, for one device one call at a time, and gives up
 * waiting (and interrupts the thread) when the caller's time is over.
 */
@ConsumerType
public interface DeviceHandler {
    /**
     * Reads properties from the device.
     *
     * @param properties identifiers, all in the thing model and readable; none where the gateway only wants to know
     *     whether the driver answers, for which the device need not be asked
     * @return identifier to value for each that was asked
     * @throws Exception the device did not answer or refused; the message is shown to the caller
     */
    Map<String, Object> get(List<String> properties) throws Exception;

    /**
     * Writes properties to the device. Returns when the device took them.
     *
     * @param values identifier to value, checked against the thing model
     * @throws Exception as for {@link #get}
     */
    void set(Map<String, Object> values) throws Exception;

    /**
     * Calls a service of the device.
     *
     * @param service its identifier in the thing model
     * @param input its input values, checked against the thing model
     * @return its output values; empty, never null
     * @throws Exception as for {@link #get}
     */
    default Map<String, Object> call(String service, Map<String, Object> input) throws Exception {
        throw new UnsupportedOperationException("service " + service + " is not supported by this driver");
    }
}
