package io.margay.api.driver;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.slf4j.Logger;

/** What a driver gets from the gateway. All methods may be called from any thread. */
@ProviderType
public interface DriverContext {
    /** The driver's name on this gateway. */
    String name();

    /** The driver's configuration as it is now; never null, empty where none was given. */
    DriverConfiguration configuration();

    /** The devices that are assigned to the driver now, in the order of the edge instance. */
    List<DeviceSettings> devices();

    /**
     * Registers what answers for a device and gives the handle to report through. The device is off line until
     * {@link Device#online} is called. Connecting a device again replaces its handler.
     *
     * @throws IllegalArgumentException the device is not assigned to this driver
     * @throws IllegalStateException the driver was stopped
     */
    Device connect(DeviceSettings device, DeviceHandler handler);

    /** Writes to the driver's own log, which {@code margay logs --workload driver:NAME} shows. */
    Logger logger();
}
