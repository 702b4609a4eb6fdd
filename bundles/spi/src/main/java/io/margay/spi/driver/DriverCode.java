package io.margay.spi.driver;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverConfiguration;
import io.margay.api.driver.DriverContext;
import io.margay.model.Configuration;
import io.margay.model.DeviceId;
import io.margay.spi.BundleService;
import io.margay.spi.CleanThreads;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;

/** The code of a driver in this JVM: the {@code Driver} service of its bundle, or the class that a plain jar names. */
public final class DriverCode implements DriverContext, AutoCloseable {
    /** Is told what happens to the driver without anybody having asked for it. Its methods must be short. */
    public interface Listener {
        /** It was stopped, as its component is gone, or it did not start again. */
        void failed(String why);

        /** Its component was made anew, and started. */
        void startedAgain();
    }

    private static final Duration COMPONENT_WAIT = Duration.ofSeconds(5);

    private final Bundle bundle;
    private final Supplier<WorkloadSpec> spec;
    private final DriverLink link;
    private final Listener listener;
    private final CleanThreads makers;
    private final Logger log;
    private final NamedDriver named;
    private final BundleService<Driver> service;
    private volatile DeviceThreads threads;
    private volatile Driver running;
    private volatile boolean wanted;
    private WorkloadSpec startedWith;

    /**
     * Finds it.
     *
     * @param spec as it is when it is asked
     * @param makers of the threads that call it
     * @throws WorkloadException the active bundle has none
     */
    public DriverCode(
            BundleContext context,
            Bundle bundle,
            Supplier<WorkloadSpec> spec,
            DriverLink link,
            Listener listener,
            CleanThreads makers)
            throws WorkloadException {
        this.bundle = bundle;
        this.spec = spec;
        this.link = link;
        this.listener = listener;
        this.makers = makers;
        log = WorkloadLog.of(spec.get().id());
        named = NamedDriver.register(bundle, name(), COMPONENT_WAIT);
        try {
            service = BundleService.find(context, bundle, List.of(Driver.class), COMPONENT_WAIT);
        } catch (WorkloadException e) {
            unregister();
            throw e;
        }
        service.onReplace(this::replaced);
    }

    public synchronized void start(Duration timeout) throws WorkloadException {
        wanted = true;
        begin(timeout);
    }

    private synchronized void begin(Duration timeout) throws WorkloadException {
        Driver driver = service.get();
        startedWith = spec.get();
        threads = new DeviceThreads(name(), makers);
        running = driver;
        OwnThread.call("driver " + name() + " start", bundle, timeout, () -> {
            driver.start(this);
            return null;
        });
    }

    /** @return false when it did not stop in time, or failed to */
    public synchronized boolean stop(Duration timeout) {
        wanted = false;
        return end(timeout);
    }

    private synchronized boolean end(Duration timeout) {
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

    /**
     * Declarative Services made the component anew, because its configuration changed or what it needs went and came. It
     * goes only after it was stopped. The new one is started on another thread: Declarative Services' own is not to be
     * held up, least of all by a driver that asks it for something while it starts.
     */
    private void replaced(Driver former, Driver current) {
        if (!wanted) {
            return;
        }
        if (current != null) {
            makers.soon(() -> {
                Thread thread = new Thread(null, this::beginAgain, "driver " + name() + " starter", 0, false);
                thread.setDaemon(true);
                thread.start();
            });
            return;
        }
        synchronized (this) {
            if (wanted && former == running) {
                end(Duration.ofSeconds(10));
                listener.failed("its component is gone: " + service.whyMissing());
            }
        }
    }

    private synchronized void beginAgain() {
        if (!wanted || running != null) {
            return;
        }
        try {
            begin(Duration.ofSeconds(30));
            listener.startedAgain();
        } catch (WorkloadException | RuntimeException e) {
            String why = e instanceof WorkloadException ? e.getMessage() : OwnThread.describe(e);
            end(Duration.ofSeconds(5));
            log.error("driver did not start again: {}", why);
            listener.failed(why);
        }
    }

    /**
     * Tells it of a change, which its configuration in ConfigAdmin and its spec have already.
     *
     * @return false when it must be stopped and started
     */
    public boolean change() throws WorkloadException {
        service.awaitRevision(spec.get().revision(), COMPONENT_WAIT);
        Driver driver;
        synchronized (this) {
            driver = running;
            if (driver != null && spec.get().equals(startedWith)) {
                // Made anew for this change, and started since.
                return true;
            }
        }
        return driver != null
                && OwnThread.call(
                        "driver " + name() + " changed", bundle, Duration.ofSeconds(10), () -> driver.changed(this));
    }

    /** Lets go of its bundle; it is stopped before. */
    @Override
    public void close() {
        service.close();
        unregister();
    }

    private void unregister() {
        if (named != null) {
            named.close();
        }
    }

    // What the driver sees.

    @Override
    public String name() {
        return spec.get().id().name();
    }

    @Override
    public DriverConfiguration configuration() {
        WorkloadSpec now = spec.get();
        Configuration configuration = now.configuration();
        return new DriverConfiguration(now.values(), configuration.json(), now.files());
    }

    @Override
    public List<DeviceSettings> devices() {
        return spec.get().devices().stream()
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
        DeviceThreads callers = threads;
        if (running == null) {
            throw new IllegalStateException("driver " + name() + " is stopped");
        }
        DeviceId id = new DeviceId(device.productKey(), device.deviceName());
        link.connect(id, callers.calls(id, handler));
        return new DeviceHandle(link, id);
    }

    @Override
    public Logger logger() {
        return log;
    }
}
