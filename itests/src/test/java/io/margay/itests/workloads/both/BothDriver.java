package io.margay.itests.workloads.both;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import io.margay.api.driver.ReportResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;

/** Does what its service {@code do} is asked for and tells what came of it: the same wherever it runs. */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class BothDriver implements Driver {
    private final Map<String, Object> kept = new ConcurrentHashMap<>(Map.of("setpoint", 1));
    private volatile Map<String, Object> properties;
    private volatile DriverContext context;
    private volatile boolean interrupted;
    private final AtomicInteger changes = new AtomicInteger();

    /** @param properties as Declarative Services gives them */
    @Activate
    public BothDriver(Map<String, Object> properties) {
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> changed) {
        Map<String, Object> configured = new TreeMap<>(changed);
        configured.keySet().removeIf(name -> !name.startsWith("config."));
        configured.replaceAll((name, value) -> value instanceof String[] files ? files.length + " files" : value);
        properties = configured;
    }

    @Override
    public void start(DriverContext given) {
        context = given;
        context.devices().forEach(this::connect);
        context.logger().info("serves {} devices", context.devices().size());
    }

    private void connect(DeviceSettings settings) {
        Device device = context.connect(settings, new Handler(settings));
        if (settings.deviceName().equals("silent")) {
            device.offline("it does not answer");
        } else {
            device.online();
        }
    }

    @Override
    public boolean changed(DriverContext same) {
        changes.incrementAndGet();
        context.devices().forEach(this::connect);
        return true;
    }

    @Override
    public void stop() {
        context = null;
    }

    private final class Handler implements DeviceHandler {
        private final DeviceSettings settings;

        Handler(DeviceSettings settings) {
            this.settings = settings;
        }

        @Override
        public Map<String, Object> get(List<String> names) throws InterruptedException {
            if (names.contains("slow")) {
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    interrupted = true;
                    throw e;
                }
            }
            Map<String, Object> values = new HashMap<>();
            names.forEach(name -> values.put(name, kept.getOrDefault(name, 21.5)));
            return values;
        }

        @Override
        public void set(Map<String, Object> values) {
            if (((Number) values.get("setpoint")).intValue() == 13) {
                throw new IllegalStateException("the valve is stuck");
            }
            kept.putAll(values);
        }

        @Override
        public Map<String, Object> call(String service, Map<String, Object> input) throws Exception {
            return Map.of("said", said((String) input.get("what")));
        }

        private String said(String what) throws IOException {
            switch (what) {
                case "report":
                    Device device = context.connect(settings, this);
                    return words(device.report(Map.of("temperature", 21.5)))
                            + "; " + words(device.report(Map.of("colour", 1)))
                            + "; " + words(device.reportEvent("alarm", Map.of("level", 3)))
                            + "; " + words(device.reportEvent("fire", Map.of()));
                case "odd":
                    return context.connect(settings, this)
                            .report(Map.of("temperature", this))
                            .status()
                            .name();
                case "config":
                    return properties + " " + context.configuration().values()
                            + types(context.configuration().json()) + files() + " " + types(settings.configuration())
                            + types(settings.extension());
                case "stranger":
                    return failure(() -> context.connect(
                            new DeviceSettings("kettle", "nobody", Map.of(), Map.of(), Map.of()), this));
                case "thread":
                    return Thread.currentThread().getName() + ", " + context.name();
                case "changes":
                    return changes + " changes, interrupted: " + interrupted;
                default:
                    throw new UnsupportedOperationException(what);
            }
        }

        private String files() throws IOException {
            StringBuilder text = new StringBuilder();
            for (Path file : context.configuration().files()) {
                text.append(file.getFileName()).append(": ").append(Files.readString(file));
            }
            return text.toString();
        }
    }

    private static String types(Map<String, Object> json) {
        Map<String, String> types = new TreeMap<>();
        json.forEach(
                (name, value) -> types.put(name, value + " " + value.getClass().getSimpleName()));
        return types.toString();
    }

    private static String words(ReportResult result) {
        return result.accepted() ? "ACCEPTED" : result.status() + ": " + result.reason();
    }

    private static String failure(Runnable action) {
        try {
            action.run();
            return "nothing";
        } catch (RuntimeException e) {
            return e.toString();
        }
    }
}
