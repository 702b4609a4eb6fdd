package io.margay.host.internal;

import io.margay.api.driver.ReportResult;
import io.margay.api.driver.ReportResult.Status;
import io.margay.model.DeviceId;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkloadException;
import io.margay.spi.driver.DeviceCalls;
import io.margay.spi.driver.DriverLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.slf4j.Logger;

/**
 * The gateway's devices, seen from their driver. Remembers what the gateway was told of each, to say it again to one that
 * was started anew. Thread-safe.
 */
final class RemoteDevices implements DriverLink {
    /** How long reports wait for another gateway to be told of the devices. */
    private static final long REPORT_WAIT_SECONDS = 10;

    /** A device that the driver has connected; its fields are guarded by itself. */
    private static final class Connected {
        private DeviceCalls calls;
        /** Null as long as nothing was said of it. */
        private Boolean online;

        private String reason = "";
    }

    private final GatewayConnection gateway;
    private final String driver;
    private final Predicate<DeviceId> assigned;
    private final Logger log;
    private final Map<DeviceId, Connected> devices = new ConcurrentHashMap<>();
    /** What another gateway knows; null as long as there was none. */
    private volatile Set<DeviceId> adopting;

    private volatile CompletableFuture<Void> told = CompletableFuture.completedFuture(null);

    /** @param assigned whether a device is the driver's */
    RemoteDevices(GatewayConnection gateway, String driver, Predicate<DeviceId> assigned, Logger log) {
        this.gateway = gateway;
        this.driver = driver;
        this.assigned = assigned;
        this.log = log;
    }

    @Override
    public void connect(DeviceId device, DeviceCalls calls) {
        if (!assigned.test(device)) {
            throw new IllegalArgumentException("device " + device + " is not assigned to driver " + driver);
        }
        Connected connected = devices.computeIfAbsent(device, d -> new Connected());
        synchronized (connected) {
            connected.calls = calls;
            var unused = tell("device.connect", device, Map.of());
        }
    }

    @Override
    public void state(DeviceId device, boolean online, String reason) {
        Connected connected = devices.get(device);
        if (connected == null) {
            return;
        }
        String why = reason == null ? "" : reason;
        // Under its lock, so that the last that is said is the last that the gateway hears.
        synchronized (connected) {
            if (connected.online == null || connected.online != online || !connected.reason.equals(why)) {
                connected.online = online;
                connected.reason = why;
                var unused = tellState(device, connected);
            }
        }
    }

    private CompletableFuture<?> tellState(DeviceId device, Connected connected) {
        return connected.online
                ? tell("device.online", device, Map.of())
                : tell("device.offline", device, Map.of("reason", connected.reason));
    }

    /**
     * Another gateway will ask to {@link #tellAgain}; reports wait for that.
     *
     * @param known the devices that it has
     */
    void adopt(Set<DeviceId> known) {
        adopting = known;
        told = new CompletableFuture<Void>().completeOnTimeout(null, REPORT_WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Tells all anew, of each device that it is connected and then its state, and waits for the answers.
     *
     * @throws WorkloadException it was not told of all
     */
    void tellAgain(Duration timeout) throws WorkloadException {
        Set<DeviceId> known = adopting;
        List<CompletableFuture<?>> answers = new ArrayList<>();
        devices.forEach((device, connected) -> {
            if (known != null && !known.contains(device)) {
                return;
            }
            synchronized (connected) {
                answers.add(tell("device.connect", device, Map.of()));
                if (connected.online != null) {
                    answers.add(tellState(device, connected));
                }
            }
        });
        try {
            CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new WorkloadException(
                    "the gateway could not be told of its devices: "
                            + e.getCause().getMessage(),
                    e);
        } catch (TimeoutException e) {
            throw new WorkloadException("the gateway did not answer when it was told of its devices", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException("interrupted", e);
        }
        open();
    }

    /** Lets reports go out. */
    void open() {
        told.complete(null);
    }

    void allOffline(String reason) {
        devices.keySet().forEach(device -> state(device, false, reason));
    }

    /** Forgets those that are the driver's no more, as the gateway has. */
    void retain(Set<DeviceId> kept) {
        devices.keySet().retainAll(kept);
    }

    void forget() {
        devices.clear();
    }

    /** @throws IllegalStateException the driver has not connected it */
    DeviceCalls calls(DeviceId device) {
        Connected connected = devices.get(device);
        if (connected == null) {
            throw new IllegalStateException("the driver has not connected device " + device);
        }
        synchronized (connected) {
            return connected.calls;
        }
    }

    @Override
    public ReportResult report(DeviceId device, Map<String, ?> properties) {
        return ask("device.report", device, () -> Map.of("properties", properties));
    }

    @Override
    public ReportResult event(DeviceId device, String event, Map<String, ?> output) {
        return ask("device.event", device, () -> Map.of("event", event, "output", output));
    }

    /** What a report consists of; making it may fail as reading it may. */
    private interface Content {
        Map<String, ?> make();
    }

    private ReportResult ask(String method, DeviceId device, Content content) {
        try {
            told.get();
            Map<String, Object> answer = WorkerParams.asObject(
                    gateway.request(method, params(device, content.make())).get(), "the answer");
            Status status = Status.valueOf(WorkerParams.text(answer, "status"));
            return status == Status.ACCEPTED
                    ? ReportResult.ACCEPTED
                    : new ReportResult(status, WorkerParams.text(answer, "reason"));
        } catch (ExecutionException e) {
            return new ReportResult(Status.REFUSED, String.valueOf(e.getCause().getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new ReportResult(Status.REFUSED, "interrupted while the gateway was to answer");
        } catch (RuntimeException e) { // a map that is changed while it is read must not end the driver's thread
            return new ReportResult(Status.REFUSED, "the report can't be read: " + OwnThread.describe(e));
        }
    }

    /** What is lost with the connection is said again when the driver is started by another gateway. */
    private CompletableFuture<?> tell(String method, DeviceId device, Map<String, ?> what) {
        return gateway.request(method, params(device, what)).whenComplete((answer, failure) -> {
            if (failure != null && !(failure instanceof WorkerException known && known.lost())) {
                log.warn("{} of device {}: {}", method, device, failure.getMessage());
            }
        });
    }

    private static Map<String, Object> params(DeviceId device, Map<String, ?> what) {
        Map<String, Object> params = new LinkedHashMap<>(what);
        params.put("productKey", device.productKey());
        params.put("deviceName", device.deviceName());
        return params;
    }
}
