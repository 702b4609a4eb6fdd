package io.margay.device.internal;

import io.margay.api.driver.ReportResult;
import io.margay.model.DeviceId;
import io.margay.spi.OrderedExecutor;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerParams;
import io.margay.spi.driver.DeviceCalls;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What a driver in a worker asks of the gateway. A report may have to wait, so they are taken in order on a thread of their own. */
final class WorkerReports implements WorkerListener {
    private static final long FINISH_MILLIS = 10_000;

    private final DriverSession session;
    private final Function<DeviceId, DeviceCalls> calls;
    private final OrderedExecutor inOrder;

    WorkerReports(String driver, DriverSession session, Function<DeviceId, DeviceCalls> calls) {
        this.session = session;
        this.calls = calls;
        inOrder = new OrderedExecutor("driver " + driver + " reports");
    }

    @Override
    public CompletionStage<?> request(String method, Map<String, Object> params) {
        switch (method) {
            case "device.connect":
            case "device.online":
            case "device.offline":
                // At once: whether a device answers must not wait behind a report that waits for the take-over.
                return CompletableFuture.completedFuture(state(method, params));
            case "device.report":
            case "device.event":
                return CompletableFuture.supplyAsync(() -> report(method, params), inOrder);
            default:
                throw new IllegalArgumentException("a driver can't ask for " + method);
        }
    }

    private static DeviceId device(Map<String, Object> params) {
        return new DeviceId(WorkerParams.text(params, "productKey"), WorkerParams.text(params, "deviceName"));
    }

    private Map<String, Object> state(String method, Map<String, Object> params) {
        DeviceId device = device(params);
        if (method.equals("device.connect")) {
            session.connect(device, calls.apply(device));
        } else if (method.equals("device.online")) {
            session.state(device, true, "");
        } else {
            session.state(device, false, WorkerParams.text(params, "reason"));
        }
        return Map.of();
    }

    private Map<String, Object> report(String method, Map<String, Object> params) {
        DeviceId device = device(params);
        if (method.equals("device.report")) {
            return result(session.report(device, WorkerParams.object(params, "properties")));
        }
        return result(session.event(device, WorkerParams.text(params, "event"), WorkerParams.object(params, "output")));
    }

    private static Map<String, Object> result(ReportResult result) {
        return Map.of("status", result.status().name(), "reason", result.reason());
    }

    /** Returns when all that was asked is done, and takes no more. */
    void finish() {
        inOrder.finish(FINISH_MILLIS);
    }

    void close() {
        inOrder.close();
    }
}
