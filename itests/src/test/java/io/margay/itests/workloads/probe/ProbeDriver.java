package io.margay.itests.workloads.probe;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import io.margay.api.driver.ReportResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;

/**
 * Hangs the ways to report for each of its devices into a map that the test has too, and notes there what it is asked for.
 * Only types of the platform, as the test does not see the classes of this bundle.
 */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class ProbeDriver implements Driver {
    /** The system property that holds the map. */
    public static final String PROBE = "margay.it.probe";

    private final Map<String, Object> probe;

    /** @param properties as Declarative Services gives them */
    @Activate
    public ProbeDriver(Map<String, Object> properties) {
        @SuppressWarnings("unchecked")
        Map<String, Object> shared =
                (Map<String, Object>) System.getProperties().get(PROBE);
        probe = shared;
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        Map<String, Object> configured = new TreeMap<>(properties);
        configured.keySet().removeIf(key -> !key.startsWith("config."));
        probe.put("properties", configured);
    }

    @Override
    public void start(DriverContext context) {
        probe.merge("starts", 1, (a, b) -> (Integer) a + (Integer) b);
        context.devices().forEach(settings -> connect(context, settings));
        note(context);
    }

    private void connect(DriverContext context, DeviceSettings settings) {
        String name = settings.deviceName();
        Device device = context.connect(settings, new Handler());
        probe.put(name + ".report", (Function<Map<String, Object>, String>) values -> words(device.report(values)));
        probe.put(name + ".event", (BiFunction<String, Map<String, Object>, String>)
                (event, output) -> words(device.reportEvent(event, output)));
        probe.put(name + ".offline", (Consumer<String>) device::offline);
        probe.put(name + ".online", (Runnable) device::online);
        device.online();
    }

    private static String words(ReportResult result) {
        return result.accepted() ? "ACCEPTED" : result.status() + ": " + result.reason();
    }

    private void note(DriverContext context) {
        probe.put("kv", context.configuration().values());
        probe.put("json", context.configuration().json());
        context.devices().forEach(device -> probe.put(device.deviceName() + ".config", device.configuration()));
    }

    @Override
    public boolean changed(DriverContext context) {
        context.devices().stream()
                .filter(settings -> !probe.containsKey(settings.deviceName() + ".report"))
                .forEach(settings -> connect(context, settings));
        note(context);
        return true;
    }

    @Override
    public void stop() {
        // The test's map must not keep this bundle's classes.
        probe.values()
                .removeIf(
                        value -> value.getClass().getClassLoader() == getClass().getClassLoader());
    }

    private final class Handler implements DeviceHandler {
        @Override
        public Map<String, Object> get(List<String> properties) throws InterruptedException {
            if (probe.get("hold") instanceof CountDownLatch hold) {
                hold.await();
            }
            Map<String, Object> values = new HashMap<>(Map.of("temperature", 21.5, "setpoint", 7, "name", "kettle"));
            values.keySet().retainAll(properties);
            return values;
        }

        @Override
        public void set(Map<String, Object> values) {
            probe.put("set", Map.copyOf(values));
        }

        @Override
        public Map<String, Object> call(String service, Map<String, Object> input) {
            if (!service.equals("add")) {
                throw new IllegalStateException("the pump is dry");
            }
            return Map.of("sum", ((Number) input.get("a")).intValue() + ((Number) input.get("b")).intValue());
        }
    }
}
