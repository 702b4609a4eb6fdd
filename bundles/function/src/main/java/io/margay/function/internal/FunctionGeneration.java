package io.margay.function.internal;

import io.margay.model.DeviceId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Health;
import io.margay.spi.Lifecycle;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** What generations of functions have in common, wherever they run: their row in the table, their state. */
abstract class FunctionGeneration implements Generation {
    final FunctionEntry entry;

    private final Consumer<FunctionGeneration> closed;
    private volatile WorkloadSpec spec;
    private final Lifecycle lifecycle;

    /** @param closed told when the generation is closed */
    FunctionGeneration(WorkloadSpec spec, FunctionEntry entry, Consumer<FunctionGeneration> closed) {
        this.closed = closed;
        this.spec = spec;
        this.entry = entry;
        lifecycle = new Lifecycle(spec.id(), spec.generation());
    }

    /** Tells that the queue holds work. Called on any thread, must not block. */
    abstract void workAvailable();

    /** Ends calls whose deadline is over. @return the next deadline, {@link Call#NO_DEADLINE} for none */
    abstract long expire(long now);

    /** How many instances are up now. */
    abstract int instances();

    /** Makes the code ready to take calls. */
    abstract void startCode(Duration timeout) throws WorkloadException;

    /** Waits for calls in work, then ends the instances. @return false when calls were ended before they were done */
    abstract boolean stopCode(Duration timeout);

    /** Applies a changed spec. @return false when the instances must be stopped and started */
    abstract boolean changeCode(WorkloadSpec before) throws WorkloadException;

    /** Asks the code, where it is up, whether it works. */
    abstract Health askCode(Duration timeout);

    abstract List<Long> processes();

    abstract int restarts();

    abstract String lastFailure();

    @Override
    public final WorkloadSpec spec() {
        return spec;
    }

    @Override
    public final void start(Duration timeout) throws WorkloadException {
        enter(State.STARTING, "");
        try {
            startCode(timeout);
        } catch (WorkloadException e) {
            stopCode(Duration.ZERO);
            enter(State.FAILED, e.getMessage());
            throw e;
        }
        lifecycle.enter(State.STARTING, State.RUNNING, "");
    }

    @Override
    public final void takeOver() {
        entry.settings(spec.function().queue(), spec.function().timeout());
        if (entry.current() != this) {
            entry.takeOver(this);
        }
    }

    @Override
    public final boolean release(Duration timeout) {
        enter(State.STOPPING, "");
        entry.release(this);
        boolean clean = stopCode(timeout);
        enter(State.STOPPED, clean ? "" : "calls did not end in time");
        return clean;
    }

    @Override
    public final boolean reconfigure(WorkloadSpec changed) throws WorkloadException {
        WorkloadSpec before = spec;
        spec = changed;
        boolean applied = state() == State.RUNNING && changeCode(before);
        if (applied) {
            entry.settings(changed.function().queue(), changed.function().timeout());
        }
        return applied;
    }

    /** @see Lifecycle#enter */
    final void enter(State entered, String why) {
        lifecycle.enter(entered, why);
    }

    /** Its instances are ended with it. */
    final boolean isStopping() {
        return lifecycle.state() == State.STOPPING || lifecycle.state() == State.STOPPED;
    }

    final State state() {
        return lifecycle.state();
    }

    @Override
    public GenerationStatus status() {
        GenerationStatus status = lifecycle.status(processes(), restarts(), lastFailure());
        return status.state() == State.RUNNING && instances() == 0 ? status.as(State.IDLE, status.reason()) : status;
    }

    @Override
    public final Set<DeviceId> answering(Duration timeout) {
        return Set.of();
    }

    @Override
    public final Health probe(Set<DeviceId> devices, Duration timeout) {
        return state() == State.RUNNING ? askCode(timeout) : Health.notRunning(status());
    }

    @Override
    public void close() {
        entry.release(this);
        if (state() != State.STOPPED && state() != State.PREPARED) {
            enter(State.STOPPING, "");
            stopCode(Duration.ofSeconds(1));
        }
        enter(State.STOPPED, "");
        closed.accept(this);
    }
}
