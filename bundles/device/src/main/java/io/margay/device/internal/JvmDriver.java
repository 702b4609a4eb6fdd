package io.margay.device.internal;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverConfiguration;
import io.margay.api.driver.DriverContext;
import io.margay.device.internal.DriverHost.Surroundings;
import io.margay.model.DeviceId;
import io.margay.spi.BundleService;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.List;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;

/** A driver in the gateway's JVM: the {@code Driver} service of its bundle. */
final class JvmDriver extends DriverGeneration implements DriverContext {
    private static final Duration COMPONENT_WAIT = Duration.ofSeconds(5);

    private final Bundle bundle;
    private final BundleService<Driver> service;
    private DeviceThreads threads;
    private Driver running;

    JvmDriver(Bundle bundle, WorkloadSpec spec, Surroundings surroundings) throws WorkloadException {
        super(spec, surroundings);
        this.bundle = bundle;
        service = BundleService.find(surroundings.context(), bundle, List.of(Driver.class), COMPONENT_WAIT);
        service.onReplace(this::replaced);
    }

    @Override
    synchronized void startCode(Duration timeout) throws WorkloadException {
        Driver driver = service.get();
        threads = new DeviceThreads(name());
        running = driver;
        OwnThread.call("driver " + name() + " start", bundle, timeout, () -> {
            driver.start(this);
            return null;
        });
    }

    @Override
    synchronized boolean stopCode(Duration timeout) {
        Driver driver = running;
        running = null;
        if (driver == null) {
            return true;
        }
        boolean clean = true;
        try {
            OwnThread.call("driver " + name() + " stop", bundle, timeout, () -> {
                driver.stop();
                return null;
            });
        } catch (WorkloadException e) {
            log.warn("{}", e.getMessage(), e.getCause());
            clean = false;
        }
        threads.close();
        return clean;
    }

    /** Declarative Services made the component anew, because its configuration changed or what it needs went and came. */
    private synchronized void replaced(Driver former, Driver current) {
        if (running == null || (former != null && former != running)) {
            return;
        }
        stopCode(Duration.ofSeconds(10));
        if (current == null) {
            enter(State.FAILED, "its component is gone: " + service.whyMissing());
            session.allOffline("the driver's component is gone");
            return;
        }
        try {
            startCode(Duration.ofSeconds(30));
            enter(State.RUNNING, "");
        } catch (WorkloadException e) {
            stopCode(Duration.ofSeconds(5));
            enter(State.FAILED, e.getMessage());
            session.allOffline(e.getMessage());
            log.error("driver did not start with its changed configuration: {}", e.getMessage());
        }
    }

    @Override
    boolean changeCode(WorkloadSpec before) throws WorkloadException {
        boolean replaced = service.awaitRevision(spec().revision(), COMPONENT_WAIT);
        Driver driver;
        synchronized (this) {
            driver = running;
        }
        if (driver == null) {
            return false;
        }
        if (replaced && before.devices().equals(spec().devices())) {
            return true;
        }
        return OwnThread.call(
                "driver " + name() + " changed", bundle, Duration.ofSeconds(10), () -> driver.changed(this));
    }

    @Override
    public void close() {
        super.close();
        service.close();
    }

    // What the driver sees.

    @Override
    public String name() {
        return spec().id().name();
    }

    @Override
    public DriverConfiguration configuration() {
        io.margay.model.Configuration configuration = spec().driver().configuration();
        return new DriverConfiguration(configuration.values(), configuration.json(), spec().files());
    }

    @Override
    public List<DeviceSettings> devices() {
        return spec().devices().stream()
                .map(assigned -> new DeviceSettings(
                        assigned.device().id().productKey(),
                        assigned.device().id().deviceName(),
                        assigned.device().configuration(),
                        assigned.product().extension(),
                        assigned.product().model()))
                .toList();
    }

    @Override
    public Device connect(DeviceSettings device, DeviceHandler handler) {
        if (running == null) {
            throw new IllegalStateException("driver " + name() + " is stopped");
        }
        DeviceId id = new DeviceId(device.productKey(), device.deviceName());
        session.connect(id, threads.calls(id, handler));
        return new DeviceHandle(session, id);
    }

    @Override
    public Logger logger() {
        return log;
    }
}
