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
import io.margay.spi.Health;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;

/** A driver in the gateway's JVM: the {@code Driver} service of its bundle, or the class that a plain jar names. */
final class JvmDriver extends DriverGeneration implements DriverContext {
    private static final Duration COMPONENT_WAIT = Duration.ofSeconds(5);

    /** Handlers that are called to find out whether the driver answers, and how long they may take. */
    private static final int ASKED = 3;

    private static final Duration ANSWER_WAIT = Duration.ofSeconds(1);

    private final Bundle bundle;
    private final NamedDriver named;
    private final BundleService<Driver> service;
    private volatile DeviceThreads threads;
    private volatile Driver running;
    private volatile boolean wanted;
    private WorkloadSpec startedWith;

    JvmDriver(Bundle bundle, WorkloadSpec spec, Surroundings surroundings) throws WorkloadException {
        super(spec, surroundings);
        this.bundle = bundle;
        named = NamedDriver.register(bundle, name(), COMPONENT_WAIT);
        try {
            service = BundleService.find(surroundings.context(), bundle, List.of(Driver.class), COMPONENT_WAIT);
        } catch (WorkloadException e) {
            unregister();
            throw e;
        }
        service.onReplace(this::replaced);
    }

    @Override
    synchronized void startCode(Duration timeout) throws WorkloadException {
        wanted = true;
        begin(timeout);
    }

    private synchronized void begin(Duration timeout) throws WorkloadException {
        Driver driver = service.get();
        startedWith = spec();
        threads = new DeviceThreads(name(), surroundings.registry().threads());
        running = driver;
        OwnThread.call("driver " + name() + " start", bundle, timeout, () -> {
            driver.start(this);
            return null;
        });
    }

    @Override
    synchronized boolean stopCode(Duration timeout) {
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
            onOwnThread(this::beginAgain);
            return;
        }
        synchronized (this) {
            if (wanted && former == running) {
                end(Duration.ofSeconds(10));
                enter(State.FAILED, "its component is gone: " + service.whyMissing());
                session.allOffline("the driver's component is gone");
            }
        }
    }

    private synchronized void beginAgain() {
        if (!wanted || running != null) {
            return;
        }
        try {
            begin(Duration.ofSeconds(30));
            enter(State.RUNNING, "");
        } catch (WorkloadException | RuntimeException e) {
            String why = e instanceof WorkloadException ? e.getMessage() : OwnThread.describe(e);
            end(Duration.ofSeconds(5));
            enter(State.FAILED, why);
            session.allOffline(why);
            log.error("driver did not start again: {}", why);
        }
    }

    /**
     * Calls the handlers of some devices with nothing to read. What they say does not matter, and one that is busy may be
     * so for a good reason.
     */
    @Override
    Health askCode(Duration timeout) {
        List<DeviceId> some = session.onLine().stream().limit(ASKED).toList();
        if (some.isEmpty()) {
            return Health.ok("it runs; no device is on line");
        }
        List<CompletableFuture<?>> asked = new ArrayList<>();
        for (DeviceId device : some) {
            Connection connection = session.connection(device);
            if (connection != null) {
                asked.add(connection.calls().get(List.of()));
            }
        }
        CompletableFuture<?> first = CompletableFuture.anyOf(asked.stream()
                .map(answer -> answer.handle((value, error) -> value))
                .toArray(CompletableFuture<?>[]::new));
        try {
            first.get(Math.min(timeout.toMillis(), ANSWER_WAIT.toMillis()), TimeUnit.MILLISECONDS);
            return Health.ok("its handlers answer");
        } catch (TimeoutException | ExecutionException e) {
            return Health.warn("its handlers are busy: that of device " + some.get(0) + " did not answer within "
                    + ANSWER_WAIT.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Health.warn("it could not be asked: interrupted");
        } finally {
            asked.forEach(answer -> answer.cancel(true));
        }
    }

    @Override
    boolean changeCode(WorkloadSpec before) throws WorkloadException {
        service.awaitRevision(spec().revision(), COMPONENT_WAIT);
        Driver driver;
        synchronized (this) {
            driver = running;
            if (driver != null && spec().equals(startedWith)) {
                // Made anew for this change, and started since.
                return true;
            }
        }
        return driver != null
                && OwnThread.call(
                        "driver " + name() + " changed", bundle, Duration.ofSeconds(10), () -> driver.changed(this));
    }

    @Override
    public void close() {
        super.close();
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
        return spec().id().name();
    }

    @Override
    public DriverConfiguration configuration() {
        io.margay.model.Configuration configuration = spec().configuration();
        return new DriverConfiguration(spec().values(), configuration.json(), spec().files());
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
        DeviceThreads callers = threads;
        if (running == null) {
            throw new IllegalStateException("driver " + name() + " is stopped");
        }
        DeviceId id = new DeviceId(device.productKey(), device.deviceName());
        session.connect(id, callers.calls(id, handler));
        return new DeviceHandle(session, id);
    }

    @Override
    public Logger logger() {
        return log;
    }
}
