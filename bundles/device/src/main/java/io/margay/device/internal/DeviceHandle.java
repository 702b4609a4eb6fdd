package io.margay.device.internal;

import io.margay.api.driver.Device;
import io.margay.api.driver.ReportResult;
import io.margay.model.DeviceId;
import java.util.Map;

/** What a JVM driver holds of a device. */
record DeviceHandle(DriverSession session, DeviceId id) implements Device {
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
        session.state(id, true, "");
    }

    @Override
    public void offline(String reason) {
        session.state(id, false, reason);
    }

    @Override
    public ReportResult report(Map<String, ?> properties) {
        return session.report(id, properties);
    }

    @Override
    public ReportResult reportEvent(String event, Map<String, ?> output) {
        return session.event(id, event, output);
    }
}
