package io.margay.device.internal;

import io.margay.api.driver.ReportResult;
import io.margay.api.driver.ReportResult.Status;
import io.margay.model.DeviceId;
import io.margay.model.ThingModel;
import io.margay.spi.Message;
import io.margay.spi.MessageRouter;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/** What one generation of a driver does through the gateway: connects devices and reports, as long as it owns them. */
final class DriverSession {
    private final DeviceRegistry registry;
    private final DriverSlot slot;
    private final MessageRouter router;
    private final Logger log;
    private final Map<DeviceId, Connection> connections = new ConcurrentHashMap<>();
    private volatile boolean toCome = true;

    DriverSession(DeviceRegistry registry, DriverSlot slot, MessageRouter router, Logger log) {
        this.registry = registry;
        this.slot = slot;
        this.router = router;
        this.log = log;
    }

    /** Whether the session may still take over: it was made or released, and not closed. */
    boolean toCome() {
        return toCome;
    }

    DriverSlot slot() {
        return slot;
    }

    void takeOver() {
        toCome = false;
        slot.takeOver(this);
    }

    /** Reports are accepted until now and refused as stale from now on. */
    void release() {
        slot.release(this);
    }

    /** Makes a released session one that may take over again. */
    void prepareAgain() {
        connections.clear();
        toCome = true;
    }

    void close() {
        toCome = false;
        slot.forget(this);
        connections.clear();
    }

    Connection connection(DeviceId device) {
        return connections.get(device);
    }

    /** @throws IllegalArgumentException the device is not assigned to this driver */
    Connection connect(DeviceId device, Connection.Calls calls) {
        entry(device);
        Connection connection = connections.computeIfAbsent(device, d -> new Connection(calls));
        connection.calls(calls);
        return connection;
    }

    void retain(Set<DeviceId> devices) {
        connections.keySet().retainAll(devices);
    }

    void state(DeviceId device, boolean online, String reason) {
        Connection connection = connections.get(device);
        if (connection == null) {
            throw new IllegalArgumentException("device " + device + " is not connected by driver " + slot.name());
        }
        boolean changed = connection.state(online, reason);
        synchronized (connections) {
            connections.notifyAll();
        }
        if (changed) {
            if (online) {
                log.info("device {} is on line", device);
            } else {
                log.warn("device {} is off line: {}", device, reason);
            }
        }
    }

    /**
     * Waits until the driver says that the device answers.
     *
     * @param deadline by {@link System#nanoTime}
     */
    boolean awaitOnline(DeviceId device, long deadline) {
        synchronized (connections) {
            try {
                while (true) {
                    Connection connection = connections.get(device);
                    if (connection != null && connection.online()) {
                        return true;
                    }
                    long left = (deadline - System.nanoTime()) / 1_000_000;
                    if (left <= 0) {
                        return false;
                    }
                    connections.wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    void allOffline(String reason) {
        connections.forEach((device, connection) -> connection.state(false, reason));
    }

    ReportResult report(DeviceId device, Map<String, ?> properties) {
        DeviceEntry entry = entry(device);
        if (slot.owner() != this && !slot.awaitOwner(this)) {
            return stale(device);
        }
        String misfit = properties.isEmpty()
                ? "the report has no property"
                : entry.model().misfit(properties);
        if (misfit != null) {
            return refuse(entry, misfit);
        }
        long time = System.currentTimeMillis();
        entry.keep(properties, time);
        return send(entry, entry.propertyTopic(), Payloads.properties(properties, time), time);
    }

    ReportResult event(DeviceId device, String event, Map<String, ?> output) {
        DeviceEntry entry = entry(device);
        if (slot.owner() != this && !slot.awaitOwner(this)) {
            return stale(device);
        }
        ThingModel.Event known = entry.model().events().get(event);
        String topic = entry.eventTopic(event);
        if (known == null || topic == null) {
            return refuse(entry, event + ": the thing model has no such event");
        }
        String misfit = ThingModel.misfit(known.output(), output);
        if (misfit != null) {
            return refuse(entry, "event " + event + ": " + misfit);
        }
        long time = System.currentTimeMillis();
        return send(entry, topic, Payloads.event(output, time), time);
    }

    private ReportResult send(DeviceEntry entry, String topic, byte[] payload, long time) {
        if (!router.publish(new Message(entry.source, topic, payload, time))) {
            return new ReportResult(Status.REFUSED, "a route's queue had no room in time; see margay route list");
        }
        entry.accepted();
        return ReportResult.ACCEPTED;
    }

    private static ReportResult stale(DeviceId device) {
        return new ReportResult(Status.STALE, "device " + device + " belongs to another generation of the driver");
    }

    private ReportResult refuse(DeviceEntry entry, String reason) {
        long count = entry.refused(reason);
        // A driver that reports nonsense ten times a second must not fill the log: 1, 2, 4, 8, … of each device.
        if (Long.bitCount(count) == 1) {
            log.warn("report of device {} refused ({} so far): {}", entry.id, count, reason);
        }
        return new ReportResult(Status.REFUSED, reason);
    }

    private DeviceEntry entry(DeviceId device) {
        DeviceEntry entry = registry.entry(device);
        if (entry == null || entry.driver != slot) {
            throw new IllegalArgumentException("device " + device + " is not assigned to driver " + slot.name());
        }
        return entry;
    }
}
