package example;

import io.margay.api.driver.DeviceHandler;
import java.util.List;
import java.util.Map;

/**
 * One oven, which goes a tenth of the way to its wanted temperature each second. Put what talks to your device in its
 * place. The timer and the gateway call it from different threads.
 */
final class Oven implements DeviceHandler {
    private double temperature;
    private double target;

    Oven(double temperature) {
        this.temperature = temperature;
        this.target = temperature;
    }

    synchronized Map<String, Object> step() {
        temperature += (target - temperature) / 10;
        return Map.of("temperature", temperature);
    }

    @Override
    public synchronized Map<String, Object> get(List<String> properties) {
        return Map.of("temperature", temperature, "target", target);
    }

    @Override
    public synchronized void set(Map<String, Object> values) {
        target = ((Number) values.get("target")).doubleValue();
    }
}
