package io.margay.device.internal;

import io.margay.device.internal.DriverHost.Surroundings;
import io.margay.model.DeviceId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Health;
import io.margay.spi.Lifecycle;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/** What the generations of JVM drivers and of drivers in a worker have in common: session, state, hand-over. */
abstract class DriverGeneration implements Generation {
    final Surroundings surroundings;
    final DriverSession session;
    final Logger log;

    private volatile WorkloadSpec spec;
    private final Lifecycle lifecycle;

    DriverGeneration(WorkloadSpec spec, Surroundings surroundings) {
        this.spec = spec;
        this.surroundings = surroundings;
        log = WorkloadLog.of(spec.id());
        lifecycle = new Lifecycle(spec.id(), spec.generation());
        session = new DriverSession(
                surroundings.registry(), surroundings.registry().slot(spec.id().name()), surroundings.router(), log);
    }

    /** Makes the driver's code take its devices; returns when it says that it works. */
    abstract void startCode(Duration timeout) throws WorkloadException;

    /** Makes the driver's code let go of its devices. @return false when it had to be ended */
    abstract boolean stopCode(Duration timeout);

    /** Tells the driver's code of a change. @return false when it must be stopped and started */
    abstract boolean changeCode(WorkloadSpec before) throws WorkloadException;

    /** Asks the driver's code, rather than a device, whether it works. */
    abstract Health askCode(Duration timeout);

    List<Long> processes() {
        return List.of();
    }

    int restarts() {
        return 0;
    }

    String lastFailure() {
        return "";
    }

    @Override
    public final WorkloadSpec spec() {
        return spec;
    }

    @Override
    public final void start(Duration timeout) throws WorkloadException {
        long deadline = System.nanoTime() + timeout.toNanos();
        Set<DeviceId> answeredBefore = onlineNow();
        session.starting();
        enter(State.STARTING, "");
        try {
            startCode(timeout);
            session.started();
            probe(answeredBefore, deadline);
            if (!lifecycle.enter(State.STARTING, State.RUNNING, "")) {
                GenerationStatus status = status();
                String why = status.reason().isEmpty() ? status.lastFailure() : status.reason();
                throw new WorkloadException("the driver ended while it was probed" + (why.isEmpty() ? "" : ": " + why));
            }
        } catch (WorkloadException | RuntimeException e) {
            // Reports that wait for the take-over are let go, so that the driver's threads can end.
            session.close();
            stopCode(Duration.ofSeconds(5));
            String why = e instanceof WorkloadException ? e.getMessage() : OwnThread.describe(e);
            enter(State.FAILED, why);
            throw e instanceof WorkloadException known ? known : new WorkloadException(why, e);
        }
    }

    private Set<DeviceId> onlineNow() {
        return spec.devices().stream()
                .map(assigned -> assigned.device().id())
                .filter(device -> {
                    Connection connection = session.slot().connection(device);
                    return connection != null && connection.online();
                })
                .collect(Collectors.toSet());
    }

    /** A driver is only as good as the one before it when each device that answered that one answers it too. */
    private void probe(Set<DeviceId> answeredBefore, long deadline) throws WorkloadException {
        for (DeviceId device : answeredBefore) {
            if (!session.awaitOnline(device, deadline)) {
                Connection connection = session.connection(device);
                throw new WorkloadException("device " + device
                        + ", which answered the version before, does not answer this one"
                        + (connection == null ? ": the driver did not connect it" : ": " + connection.reason()));
            }
        }
    }

    @Override
    public final void takeOver() {
        session.takeOver();
    }

    @Override
    public final boolean release(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        enter(State.STOPPING, "");
        // Calls get half of the time, so that enough is left for the driver to let go of its devices.
        boolean callsDone = session.stopping(timeout.toMillis() / 2);
        boolean clean = stopCode(Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime())));
        session.release();
        enter(State.STOPPED, clean ? "" : "the driver did not stop in time");
        return callsDone && clean;
    }

    @Override
    public final boolean reconfigure(WorkloadSpec changed) throws WorkloadException {
        WorkloadSpec before = spec;
        spec = changed;
        session.retain(changed.devices().stream()
                .map(assigned -> assigned.device().id())
                .collect(Collectors.toSet()));
        return lifecycle.state() == State.RUNNING && changeCode(before);
    }

    @Override
    public final GenerationStatus status() {
        return lifecycle.status(processes(), restarts(), lastFailure());
    }

    @Override
    public final Set<DeviceId> answering(Duration timeout) {
        return lifecycle.state() == State.RUNNING
                ? new DeviceReads(surroundings.registry(), session).answering(timeout)
                : Set.of();
    }

    @Override
    public final Health probe(Set<DeviceId> devices, Duration timeout) {
        GenerationStatus status = status();
        if (status.state() != State.RUNNING) {
            return Health.notRunning(status);
        }
        Health code = askCode(timeout);
        List<DeviceId> still = spec.devices().stream()
                .map(assigned -> assigned.device().id())
                .filter(devices::contains)
                .toList();
        return !code.works() || still.isEmpty()
                ? code
                : new DeviceReads(surroundings.registry(), session).probe(still, timeout);
    }

    /** For what may take long, and must not hold up what happens to other drivers. */
    final void onOwnThread(Runnable work) {
        surroundings.registry().threads().soon(() -> {
            Thread thread = new Thread(null, work, "driver " + spec().id().name() + " starter", 0, false);
            thread.setDaemon(true);
            thread.start();
        });
    }

    /** @see Lifecycle#enter */
    final void enter(State entered, String why) {
        lifecycle.enter(entered, why);
    }

    @Override
    public void close() {
        session.stopping(0);
        stopCode(Duration.ofSeconds(5));
        session.close();
        enter(State.STOPPED, "");
    }
}
