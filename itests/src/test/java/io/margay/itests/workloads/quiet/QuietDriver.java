package io.margay.itests.workloads.quiet;

import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import java.util.List;
import java.util.Map;

/** Has one number to tell. */
public final class QuietDriver implements Driver, DeviceHandler {
    @Override
    public void start(DriverContext context) {
        context.devices().forEach(settings -> context.connect(settings, this).online());
    }

    @Override
    public void stop() {}

    @Override
    public Map<String, Object> get(List<String> properties) {
        return Map.of("n", Seven.value());
    }

    @Override
    public void set(Map<String, Object> values) {
        throw new UnsupportedOperationException("nothing can be set");
    }
}
