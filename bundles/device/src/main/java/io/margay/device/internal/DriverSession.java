package io.margay.device.internal;

import io.margay.api.driver.ReportResult;
import io.margay.api.driver.ReportResult.Status;
import io.margay.model.DeviceId;
import io.margay.model.ThingModel;
import io.margay.spi.Message;
import io.margay.spi.MessageRouter;
import io.margay.spi.OwnThread;
import io.margay.spi.driver.DeviceCalls;
import io.margay.spi.driver.DriverLink;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;

/** What one generation of a driver does through the gateway: connects devices and reports, as long as it owns them. */
final class DriverSession implements DriverLink {
    /** How long a report waits for its session to take over before it is refused as stale. */
    private static final long REPORT_WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** How long a report waits for the driver's start to return. Then the start may be what waits for the report. */
    private static final long START_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long a device that answered before may keep off line while a report of another one waits. */
    private static final long HELD_UP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final DeviceRegistry registry;
    private final DriverSlot slot;
    private final MessageRouter router;
    private final Logger log;
    private final Map<DeviceId, Connection> connections = new ConcurrentHashMap<>();
    /** Where a session stands; a report of one that does not own the devices waits, or is stale, accordingly. */
    private enum Phase {
        /** Its code is being started: it may wait a moment only, as the start would wait for it for ever. */
        STARTING,
        /** It will take over soon. */
        TO_COME,
        /** It owns the devices, or will not own them any more. */
        SETTLED
    }

    private final AtomicInteger waitingReports = new AtomicInteger();
    private volatile Phase phase = Phase.SETTLED;
    private volatile boolean waitedInStart;
    private volatile boolean stopping;

    DriverSession(DeviceRegistry registry, DriverSlot slot, MessageRouter router, Logger log) {
        this.registry = registry;
        this.slot = slot;
        this.router = router;
        this.log = log;
    }

    DriverSlot slot() {
        return slot;
    }

    /** The driver's code is about to be started, for the first time or again. */
    void starting() {
        connections.clear();
        stopping = false;
        waitedInStart = false;
        phase = Phase.STARTING;
    }

    /** The driver's code says that it works. */
    void started() {
        phase = Phase.TO_COME;
        slot.stirred();
    }

    void takeOver() {
        slot.takeOver(this);
        phase = Phase.SETTLED;
    }

    /**
     * The driver's code is about to be stopped. Where the session owns the devices, calls to them wait from now on and its
     * reports are still taken; else its reports are stale, so that none keeps the driver from stopping.
     *
     * @return false when calls in work were not done in time
     */
    boolean stopping(long millis) {
        stopping = true;
        if (slot.owner() != this) {
            phase = Phase.SETTLED;
            slot.stirred();
        }
        return slot.holdCalls(this, millis);
    }

    /** Reports are accepted until now and refused as stale from now on. */
    void release() {
        slot.release(this);
    }

    /** How long a report that has waited for so long may still wait for its session to take over. */
    long mayWaitNanos(long waited) {
        switch (phase) {
            case STARTING:
                if (waited >= START_WAIT_NANOS) {
                    waitedInStart = true;
                }
                return waitedInStart ? 0 : START_WAIT_NANOS - waited;
            case TO_COME:
                return REPORT_WAIT_NANOS - waited;
            default:
                return 0;
        }
    }

    void close() {
        phase = Phase.SETTLED;
        slot.forget(this);
        connections.clear();
    }

    Connection connection(DeviceId device) {
        return connections.get(device);
    }

    List<DeviceId> onLine() {
        return connections.entrySet().stream()
                .filter(entry -> entry.getValue().online())
                .map(Map.Entry::getKey)
                .toList();
    }

    Map<DeviceId, Connection> connections() {
        return Map.copyOf(connections);
    }

    @Override
    public void connect(DeviceId device, DeviceCalls calls) {
        if (mine(device) == null) {
            throw new IllegalArgumentException("device " + device + " is not assigned to driver " + slot.name());
        }
        connections.computeIfAbsent(device, d -> new Connection(calls)).calls(calls);
    }

    void retain(Set<DeviceId> devices) {
        connections.keySet().retainAll(devices);
    }

    /** Of a device that is not connected, as it was taken from the driver meanwhile, nobody wants to know. */
    @Override
    public void state(DeviceId device, boolean online, String reason) {
        Connection connection = connections.get(device);
        // What a driver says while it lets go is no news of the device.
        if (connection == null || stopping) {
            return;
        }
        boolean changed = connection.state(online, reason == null ? "" : reason);
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
     * Waits until the driver says that the device answers. A driver that serves its devices one after the other may be
     * held up by a report that waits for the take-over; then this device is taken on trust.
     *
     * @param deadline by {@link System#nanoTime}
     */
    boolean awaitOnline(DeviceId device, long deadline) {
        long heldUpSince = 0;
        synchronized (connections) {
            try {
                while (true) {
                    Connection connection = connections.get(device);
                    if (connection != null && connection.online()) {
                        return true;
                    }
                    long now = System.nanoTime();
                    if (waitingReports.get() == 0) {
                        heldUpSince = 0;
                    } else if (heldUpSince == 0) {
                        heldUpSince = now;
                    } else if (now - heldUpSince >= HELD_UP_NANOS) {
                        log.info(
                                "device {} could not be probed: a report of the driver waits for the take-over",
                                device);
                        return true;
                    }
                    long left = Math.min(deadline - now, HELD_UP_NANOS / 4) / 1_000_000;
                    if (deadline - now <= 0) {
                        return false;
                    }
                    connections.wait(Math.max(1, left));
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

    @Override
    public ReportResult report(DeviceId device, Map<String, ?> properties) {
        DeviceEntry entry = mine(device);
        if (entry == null || !owns()) {
            return stale(device);
        }
        try {
            String misfit = properties.isEmpty()
                    ? "the report has no property"
                    : entry.model().misfit(properties);
            if (misfit != null) {
                return refuse(entry, misfit);
            }
            long time = System.currentTimeMillis();
            entry.keep(properties, time);
            return send(entry, entry.propertyTopic(), Payloads.properties(properties, time), time);
        } catch (RuntimeException e) {
            return unreadable(entry, e);
        }
    }

    @Override
    public ReportResult event(DeviceId device, String event, Map<String, ?> output) {
        DeviceEntry entry = mine(device);
        if (entry == null || !owns()) {
            return stale(device);
        }
        try {
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
        } catch (RuntimeException e) {
            return unreadable(entry, e);
        }
    }

    private boolean owns() {
        if (slot.owner() == this) {
            return true;
        }
        waitingReports.incrementAndGet();
        try {
            return slot.awaitOwner(this);
        } finally {
            waitingReports.decrementAndGet();
        }
    }

    /** A map that is changed while it is read, or values of the author's own making, must not end the driver's thread. */
    private ReportResult unreadable(DeviceEntry entry, RuntimeException e) {
        return refuse(entry, "the report can't be read: " + OwnThread.describe(e));
    }

    private ReportResult send(DeviceEntry entry, String topic, byte[] payload, long time) {
        if (!router.publish(new Message(entry.source, topic, payload, time))) {
            return new ReportResult(
                    Status.REFUSED,
                    "a route's queue had no room in time, or the disk of a stored one can't be written; see margay route list and margay logs");
        }
        entry.accepted();
        return ReportResult.ACCEPTED;
    }

    private static ReportResult stale(DeviceId device) {
        return new ReportResult(Status.STALE, "device " + device + " does not belong to this generation of the driver");
    }

    private ReportResult refuse(DeviceEntry entry, String reason) {
        long count = entry.refused(reason);
        // A driver that reports nonsense ten times a second must not fill the log: 1, 2, 4, 8, … of each device.
        if (Long.bitCount(count) == 1) {
            log.warn("report of device {} refused ({} so far): {}", entry.id, count, reason);
        }
        return new ReportResult(Status.REFUSED, reason);
    }

    /** Null when the device is not, or not any more, assigned to this driver. */
    private DeviceEntry mine(DeviceId device) {
        DeviceEntry entry = registry.entry(device);
        return entry == null || entry.driver != slot ? null : entry;
    }
}
