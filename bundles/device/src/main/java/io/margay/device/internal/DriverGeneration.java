package io.margay.device.internal;

import io.margay.device.internal.DriverHost.Surroundings;
import io.margay.model.DeviceId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.time.Instant;
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
    private volatile GenerationStatus status = new GenerationStatus(State.PREPARED, "", Instant.now(), List.of(), 0);

    DriverGeneration(WorkloadSpec spec, Surroundings surroundings) {
        this.spec = spec;
        this.surroundings = surroundings;
        log = WorkloadLog.of(spec.id());
        session = new DriverSession(
                surroundings.registry(), surroundings.registry().slot(spec.id().name()), surroundings.router(), log);
    }

    /** Makes the driver's code take its devices; returns when it says that it works. */
    abstract void startCode(Duration timeout) throws WorkloadException;

    /** Makes the driver's code let go of its devices. @return false when it had to be ended */
    abstract boolean stopCode(Duration timeout);

    /** Tells the driver's code of a change. @return false when it must be stopped and started */
    abstract boolean changeCode(WorkloadSpec before) throws WorkloadException;

    @Override
    public final WorkloadSpec spec() {
        return spec;
    }

    @Override
    public final void start(Duration timeout) throws WorkloadException {
        long deadline = System.nanoTime() + timeout.toNanos();
        Set<DeviceId> answeredBefore = onlineNow();
        if (status.state() != State.PREPARED) {
            session.prepareAgain();
        }
        enter(State.STARTING, "");
        try {
            startCode(timeout);
            probe(answeredBefore, deadline);
            enter(State.RUNNING, "");
        } catch (WorkloadException e) {
            // Reports that wait for the take-over are let go, so that the driver's threads can end.
            session.close();
            stopCode(Duration.ofSeconds(5));
            enter(State.FAILED, e.getMessage());
            throw e;
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
        enter(State.STOPPING, "");
        boolean clean = stopCode(timeout);
        session.release();
        enter(State.STOPPED, clean ? "" : "the driver did not stop in time");
        return clean;
    }

    @Override
    public final boolean reconfigure(WorkloadSpec changed) throws WorkloadException {
        WorkloadSpec before = spec;
        spec = changed;
        session.retain(changed.devices().stream()
                .map(assigned -> assigned.device().id())
                .collect(Collectors.toSet()));
        return status.state() == State.RUNNING && changeCode(before);
    }

    @Override
    public final GenerationStatus status() {
        return status;
    }

    final void enter(State state, String reason) {
        enter(state, reason, List.of(), status.restarts());
    }

    final void enter(State state, String reason, List<Long> processes, int restarts) {
        status = new GenerationStatus(state, reason, Instant.now(), processes, restarts);
    }

    @Override
    public void close() {
        if (session.slot().owner() != session) {
            session.close();
        }
        if (status.state() != State.STOPPED && status.state() != State.PREPARED && status.state() != State.FAILED) {
            stopCode(Duration.ofSeconds(5));
        }
        session.close();
        enter(State.STOPPED, "");
    }
}
