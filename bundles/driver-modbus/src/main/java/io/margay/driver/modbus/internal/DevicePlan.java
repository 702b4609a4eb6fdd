package io.margay.driver.modbus.internal;

import io.margay.api.driver.DeviceSettings;
import java.util.Map;

/**
 * A device as it is to be served.
 *
 * @param channel the name of its channel
 * @param mappings by property, in the order of the product's extension
 * @param multipleWrites whether a single register or coil too is written with the requests for several
 */
record DevicePlan(
        DeviceSettings settings,
        String channel,
        int unitId,
        ChannelSettings.PollDefaults poll,
        boolean multipleWrites,
        Map<String, Mapping> mappings) {

    String id() {
        return settings.productKey() + "/" + settings.deviceName();
    }
}
