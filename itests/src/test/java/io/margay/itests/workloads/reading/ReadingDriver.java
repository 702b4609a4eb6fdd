package io.margay.itests.workloads.reading;

import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/** Says that its devices are on line; variant 0 and 1 answer a read with their number, later ones fail. */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class ReadingDriver implements Driver, DeviceHandler {
    @Override
    public void start(DriverContext context) {
        context.devices().forEach(settings -> context.connect(settings, this).online());
    }

    @Override
    public void stop() {
        // It holds nothing.
    }

    @Override
    public Map<String, Object> get(List<String> properties) throws IOException {
        int variant;
        try (InputStream text = ReadingDriver.class.getResourceAsStream("/variant.txt")) {
            variant = Integer.parseInt(new String(text.readAllBytes(), StandardCharsets.UTF_8).strip());
        }
        if (variant > 1) {
            throw new IllegalStateException("register 7 does not answer");
        }
        Map<String, Object> values = new HashMap<>();
        properties.forEach(name -> values.put(name, variant));
        return values;
    }

    @Override
    public void set(Map<String, Object> values) {
        throw new UnsupportedOperationException("nothing can be set");
    }
}
