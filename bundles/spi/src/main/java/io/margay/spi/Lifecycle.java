package io.margay.spi;

import io.margay.model.WorkloadId;
import io.margay.spi.GenerationStatus.State;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * The state of one generation: what may follow on what, since when it is so, and why. Each change is a line in the
 * workload's log. What comes too late, such as a timer of a generation that was stopped meanwhile, changes nothing.
 * Thread-safe.
 */
public final class Lifecycle {
    /** Of each line: in a JVM of its own a function has a lifecycle too, of which the gateway's log says nothing. */
    public static final Marker MARKER = MarkerFactory.getMarker("LIFECYCLE");

    /** {@link State#IDLE} is how a running one is shown that has no instance. */
    private static final Map<State, Set<State>> NEXT = new EnumMap<>(Map.of(
            State.PREPARED, Set.of(State.STARTING, State.STOPPING, State.STOPPED),
            State.STARTING, Set.of(State.RUNNING, State.BACKOFF, State.FAILED, State.STOPPING, State.STOPPED),
            State.RUNNING, Set.of(State.BACKOFF, State.FAILED, State.STOPPING, State.STOPPED),
            State.BACKOFF, Set.of(State.RUNNING, State.BACKOFF, State.FAILED, State.STOPPING, State.STOPPED),
            State.FAILED, Set.of(State.RUNNING, State.STARTING, State.FAILED, State.STOPPING, State.STOPPED),
            State.STOPPING, Set.of(State.STARTING, State.STOPPED, State.FAILED),
            State.STOPPED, Set.of(State.STARTING, State.STOPPING, State.FAILED)));

    /** Read as one. */
    private record Now(State state, String reason, Instant since) {}

    private final Logger log;
    private final long generation;
    private volatile Now now = new Now(State.PREPARED, "", Instant.now());

    public Lifecycle(WorkloadId workload, long generation) {
        this.log = WorkloadLog.of(workload);
        this.generation = generation;
    }

    /**
     * Enters a state.
     *
     * @param why in words; empty where the state says it all
     * @return false where it can't follow on the present one, which then stays
     */
    public synchronized boolean enter(State entered, String why) {
        Now before = now;
        if (before.state() == entered && before.reason().equals(why)) {
            return true;
        }
        if (!NEXT.get(before.state()).contains(entered)) {
            log.debug(
                    MARKER, "generation {} is {} and does not become {}: {}", generation, before.state(), entered, why);
            return false;
        }
        now = new Now(entered, why, Instant.now());
        String line = "generation " + generation + " " + entered.name().toLowerCase(Locale.ROOT)
                + (why.isEmpty() ? "" : ": " + why);
        log.info(MARKER, line);
        return true;
    }

    /** As {@link #enter}, but only out of this state: whoever was quicker has the say. */
    public synchronized boolean enter(State expected, State entered, String why) {
        return now.state() == expected && enter(entered, why);
    }

    public State state() {
        return now.state();
    }

    /** The status as it is now. */
    public GenerationStatus status(List<Long> processes, int restarts, String lastFailure) {
        Now shown = now;
        return new GenerationStatus(
                shown.state(), shown.reason(), shown.since(), processes, restarts, lastFailure, List.of());
    }
}
