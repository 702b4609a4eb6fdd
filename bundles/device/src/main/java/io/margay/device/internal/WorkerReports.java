package io.margay.device.internal;

import io.margay.api.driver.ReportResult;
import io.margay.model.DeviceId;
import io.margay.spi.OrderedExecutor;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerParams;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What a driver in a worker asks of the gateway. A report may have to wait, so all is done in order on a thread of its own. */
final class WorkerReports implements WorkerListener {
    private static final long FINISH_MILLIS = 10_000;

    private final DriverSession session;
    private final Function<DeviceId, Connection.Calls> calls;
    private final OrderedExecutor inOrder;

    WorkerReports(String driver, DriverSession session, Function<DeviceId, Connection.Calls> calls) {
        this.session = session;
        this.calls = calls;
        inOrder = new OrderedExecutor("driver " + driver + " reports");
    }

    @Override
    public CompletionStage<?> request(String method, Map<String, Object> params) {
        return CompletableFuture.supplyAsync(() -> answer(method, params), inOrder);
    }

    private Object answer(String method, Map<String, Object> params) {
        if (!method.startsWith("device.")) {
            throw new IllegalArgumentException("a driver can't ask for " + method);
        }
        DeviceId device =
                new DeviceId(WorkerParams.text(params, "productKey"), WorkerParams.text(params, "deviceName"));
        switch (method) {
            case "device.connect":
                session.connect(device, calls.apply(device));
                return Map.of();
            case "device.online":
                session.state(device, true, "");
                return Map.of();
            case "device.offline":
                session.state(device, false, WorkerParams.text(params, "reason"));
                return Map.of();
            case "device.report":
                return result(session.report(device, WorkerParams.object(params, "properties")));
            case "device.event":
                return result(session.event(
                        device, WorkerParams.text(params, "event"), WorkerParams.object(params, "output")));
            default:
                throw new IllegalArgumentException("there is no method " + method);
        }
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
