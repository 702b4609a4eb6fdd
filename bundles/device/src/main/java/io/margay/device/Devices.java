package io.margay.device;

import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.spi.Things;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** The devices of the edge instance as they are now. Thread-safe. */
@ProviderType
public interface Devices extends Things {
    /**
     * A property's last reported value.
     *
     * @param value as the driver gave it, fitting the thing model
     * @param time milliseconds since 1970
     */
    record Value(Object value, long time) {}

    /**
     * A device as it is now.
     *
     * @param driver its driver's name
     * @param online whether it answers
     * @param reason why it is off line; empty when on line
     * @param since milliseconds since 1970 of the last change between on line and off line
     * @param values last values by property
     * @param accepted reports taken
     * @param refused reports that did not fit the thing model
     * @param lastRefusal the property's name and the reason; empty for none
     */
    record DeviceStatus(
            DeviceId id,
            String driver,
            boolean online,
            String reason,
            long since,
            Map<String, Value> values,
            long accepted,
            long refused,
            String lastRefusal) {}

    List<DeviceStatus> list();

    Optional<DeviceStatus> find(DeviceId device);

    /**
     * Makes these the products and devices. Devices that stay keep their values and state. Called by the deployer.
     *
     * @throws InvalidException a thing model is not valid; nothing has changed
     */
    void apply(List<EdgeInstance.Product> products, List<EdgeInstance.Device> devices) throws InvalidException;
}
