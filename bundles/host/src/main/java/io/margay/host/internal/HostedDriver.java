package io.margay.host.internal;

import io.margay.model.DeviceId;
import io.margay.spi.CleanThreads;
import io.margay.spi.InvocationException;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import io.margay.spi.WorkloadSpec;
import io.margay.spi.driver.DeviceCalls;
import io.margay.spi.driver.DriverCode;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;

/** A driver in this JVM, run by the same classes that run drivers in the gateway itself. */
final class HostedDriver implements HostedWorkload, DriverCode.Listener {
    /** The gateway, which has its own idea of how long these may take, ends the process when they take longer. */
    private static final Duration LONG = Duration.ofMinutes(2);

    private static final Duration TELL = Duration.ofSeconds(20);

    private static final Duration STOP = Duration.ofSeconds(2);

    private final WorkloadBundle bundle;
    private final Executor lifecycle;
    private final Logger log;
    private final CleanThreads threads = new CleanThreads("driver threads");
    private final RemoteDevices devices;
    private final DriverCode code;
    private volatile Given given;
    private boolean started; // lifecycle's thread

    /** What the gateway said last, and of which devices. */
    private record Given(WorkloadSpec spec, Set<DeviceId> devices) {
        static Given of(WorkloadSpec spec) {
            return new Given(
                    spec,
                    spec.devices().stream()
                            .map(assigned -> assigned.device().id())
                            .collect(Collectors.toUnmodifiableSet()));
        }
    }

    /**
     * Finds it, and starts nothing.
     *
     * @param bundle active
     * @param lifecycle one thread for what may take its time
     * @throws WorkloadException the bundle has no driver
     */
    HostedDriver(
            BundleContext context,
            GatewayConnection gateway,
            WorkloadBundle bundle,
            WorkloadSpec spec,
            Executor lifecycle)
            throws WorkloadException {
        this.bundle = bundle;
        this.lifecycle = lifecycle;
        given = Given.of(spec);
        log = WorkloadLog.of(spec.id());
        devices = new RemoteDevices(
                gateway, spec.id().name(), id -> given.devices().contains(id), log);
        code = new DriverCode(context, bundle.bundle(), () -> given.spec(), devices, this, threads);
    }

    @Override
    public CompletionStage<?> request(String method, Map<String, Object> params) {
        return switch (method) {
            case "driver.start" -> later(this::start);
            case "driver.stop" -> later(this::stopCode);
            case "driver.changed" -> later(() -> changed(params));
            case "device.get" ->
                call(params, (calls, left) -> calls.get(WorkerParams.texts(params, "properties"), left));
            case "device.set" -> call(params, (calls, left) -> calls.set(WorkerParams.object(params, "values"), left));
            case "device.call" ->
                call(
                        params,
                        (calls, left) -> calls.call(
                                WorkerParams.text(params, "service"), WorkerParams.object(params, "input"), left));
            default -> throw new UnsupportedOperationException("a Java driver can't do " + method);
        };
    }

    /** Reports wait until that gateway knows the devices. */
    @Override
    public void adopted(WorkloadSpec spec) {
        devices.adopt(Given.of(spec).devices());
    }

    private CompletionStage<Map<String, Object>> later(Callable<Map<String, Object>> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return work.call();
                    } catch (Exception e) {
                        throw HostedWorkload.refused(
                                e instanceof WorkloadException ? e.getMessage() : OwnThread.describe(e), e);
                    }
                },
                lifecycle);
    }

    /** A gateway that was started anew finds the driver at work, and is told of its devices. */
    private Map<String, Object> start() throws WorkloadException {
        if (started) {
            devices.tellAgain(TELL);
            return Map.of();
        }
        devices.open();
        devices.forget();
        try {
            code.start(LONG);
        } catch (WorkloadException e) {
            code.stop(STOP);
            throw e;
        }
        started = true;
        return Map.of();
    }

    private Map<String, Object> stopCode() throws WorkloadException {
        started = false;
        if (!code.stop(LONG)) {
            throw new WorkloadException("its log says why");
        }
        return Map.of();
    }

    private Map<String, Object> changed(Map<String, Object> params) throws WorkloadException, IOException {
        Given now = Given.of(GivenSpec.changed(given.spec(), params));
        // Before its configuration: that may make its component anew, which is then started with what is known here.
        given = now;
        devices.retain(now.devices());
        bundle.configure(now.spec());
        return Map.of("applied", started && code.change());
    }

    private CompletionStage<?> call(
            Map<String, Object> params, BiFunction<DeviceCalls, Duration, CompletableFuture<?>> action) {
        DeviceId device =
                new DeviceId(WorkerParams.text(params, "productKey"), WorkerParams.text(params, "deviceName"));
        Duration left =
                params.get("deadlineMs") instanceof Number millis ? Duration.ofMillis(millis.longValue()) : LONG;
        CompletableFuture<?> work = action.apply(devices.calls(device), left);
        return work.copy().orTimeout(left.toMillis(), TimeUnit.MILLISECONDS).handle((result, failure) -> {
            if (failure == null) {
                return result;
            }
            // Late: nobody waits for it any more, so its handler is interrupted. Otherwise this changes nothing.
            work.cancel(true);
            throw new CompletionException(authors(failure));
        });
    }

    private static InvocationException authors(Throwable failure) {
        Throwable thrown =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String type = thrown.getClass().getName();
        String message = thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
        return new InvocationException(InvocationException.Kind.HANDLED, type, message);
    }

    @Override
    public void failed(String why) {
        log.error("driver does not work any more: {}", why);
        devices.allOffline(why);
    }

    @Override
    public void startedAgain() {
        log.info("driver started again, as its component was made anew");
    }

    @Override
    public void stop() {
        code.stop(STOP);
        code.close();
        threads.close();
    }
}
