package io.margay.spi.driver;

import io.margay.api.driver.Device;
import io.margay.api.driver.ReportResult;
import io.margay.model.DeviceId;
import java.util.Map;

/** What a JVM driver holds of a device. */
record DeviceHandle(DriverLink link, DeviceId id) implements Device {
    @Override
    public String productKey() {
        return id.productKey();
    }

    @Override
    public String deviceName() {
        return id.deviceName();
    }

    @Override
    public void online() {
        link.state(id, true, "");
    }

    @Override
    public void offline(String reason) {
        link.state(id, false, reason);
    }

    @Override
    public ReportResult report(Map<String, ?> properties) {
        return link.report(id, properties);
    }

    @Override
    public ReportResult reportEvent(String event, Map<String, ?> output) {
        return link.event(id, event, output);
    }
}
