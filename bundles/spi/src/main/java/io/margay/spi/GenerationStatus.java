package io.margay.spi;

import java.time.Instant;
import java.util.List;

/**
 * How a generation is.
 *
 * @param state see {@link State}
 * @param reason why it is so, in words; empty where the state says it all
 * @param since when the state was entered
 * @param processes ids of its processes; empty in the gateway's JVM
 * @param restarts how often it was restarted after it failed
 * @param lastFailure why it was the last time, in words; empty when it never was
 * @param stuck its threads in the gateway's JVM that ignore their interruption; empty elsewhere
 */
public record GenerationStatus(
        State state,
        String reason,
        Instant since,
        List<Long> processes,
        int restarts,
        String lastFailure,
        List<StuckThread> stuck) {
    /**
     * A thread that was interrupted and runs on; nothing can end it.
     *
     * @param thread its name
     * @param since when it was interrupted
     * @param depth how many frames its stack has
     * @param stack the topmost of them, at the time of asking, as Java prints them; never empty
     */
    public record StuckThread(String thread, Instant since, int depth, List<String> stack) {
        /** The code may have given it its name. */
        public StuckThread {
            thread = Masking.mask(thread);
            stack = List.copyOf(stack);
        }
    }

    /** The texts are shown and kept, so the secrets in them are masked: a failure may have them in its words. */
    public GenerationStatus {
        reason = Masking.mask(reason);
        lastFailure = Masking.mask(lastFailure);
        stuck = List.copyOf(stuck);
    }

    /** Of one that was not restarted for a failure. */
    public GenerationStatus(State state, String reason, Instant since, List<Long> processes, int restarts) {
        this(state, reason, since, processes, restarts, "", List.of());
    }

    /** The same with another state, for another reason. */
    public GenerationStatus as(State other, String why) {
        return new GenerationStatus(other, why, since, processes, restarts, lastFailure, stuck);
    }

    /** The states of a generation. */
    public enum State {
        PREPARED,
        STARTING,
        RUNNING,
        /** On demand, and nothing demands it. */
        IDLE,
        /** Failed; waits before the next try. */
        BACKOFF,
        STOPPING,
        STOPPED,
        FAILED
    }
}
