package io.margay.driver.modbus.internal;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.DriverConfiguration;
import io.margay.api.driver.DriverContext;
import io.margay.api.driver.ReportResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway's side of the driver API: keeps what it is told. */
final class Gateway implements DriverContext {
    Map<String, Object> json = Map.of();
    final List<DeviceSettings> devices = new ArrayList<>();
    final Map<String, DeviceHandler> handlers = new ConcurrentHashMap<>();
    /** "online", "offline: reason" and the reports' values, in order. */
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    final List<String> all = new CopyOnWriteArrayList<>();
    /** Holds reports back, as a hand-over does. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    Gateway device(String name, Map<String, Object> configuration, Map<String, Object> modbus) {
        devices.add(new DeviceSettings("boiler", name, configuration, Map.of("modbus", modbus), Map.of()));
        return this;
    }

    Gateway tcp(int port) {
        json = Map.of(
                "host", "127.0.0.1", "port", port, "pollMs", 20, "timeoutMs", 300, "backoffMs", 20, "maxBackoffMs", 50);
        return this;
    }

    /** Waits until something that begins so was told, and throws away what came before. */
    String await(String prefix) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            String next = told.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new AssertionError("'" + prefix + "' was not told; told was " + all);
            }
            if (next.startsWith(prefix)) {
                return next;
            }
        }
    }

    private void tell(String what) {
        all.add(what);
        told.add(what);
    }

    @Override
    public String name() {
        return "modbus";
    }

    @Override
    public DriverConfiguration configuration() {
        return new DriverConfiguration(Map.of(), json, List.of());
    }

    @Override
    public List<DeviceSettings> devices() {
        return devices;
    }

    @Override
    public Logger logger() {
        return LoggerFactory.getLogger("modbus");
    }

    @Override
    public Device connect(DeviceSettings device, DeviceHandler handler) {
        handlers.put(device.deviceName(), handler);
        return new Device() {
            @Override
            public String productKey() {
                return device.productKey();
            }

            @Override
            public String deviceName() {
                return device.deviceName();
            }

            @Override
            public void online() {
                tell("online");
            }

            @Override
            public void offline(String reason) {
                tell("offline: " + reason);
            }

            @Override
            public ReportResult report(Map<String, ?> properties) {
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return new ReportResult(ReportResult.Status.STALE, "interrupted");
                }
                tell(properties.toString());
                return ReportResult.ACCEPTED;
            }

            @Override
            public ReportResult reportEvent(String event, Map<String, ?> output) {
                throw new AssertionError("the driver has no events");
            }
        };
    }
}
