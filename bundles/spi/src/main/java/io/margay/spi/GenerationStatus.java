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
 */
public record GenerationStatus(State state, String reason, Instant since, List<Long> processes, int restarts) {
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
