package io.margay.spi.driver;

import io.margay.api.driver.ReportResult;
import io.margay.model.DeviceId;
import java.util.Map;

/** Where a driver's code connects its devices and reports: the gateway, in this JVM or another. Thread-safe. */
public interface DriverLink {
    /**
     * Connects a device, off line at first, or changes what answers for it.
     *
     * @throws IllegalArgumentException the device is not assigned to this driver
     */
    void connect(DeviceId device, DeviceCalls calls);

    /** Says whether a device answers; of one that is not connected it is no news. */
    void state(DeviceId device, boolean online, String reason);

    /** Never throws for a report that does not fit. */
    ReportResult report(DeviceId device, Map<String, ?> properties);

    /** As {@link #report}. */
    ReportResult event(DeviceId device, String event, Map<String, ?> output);
}
