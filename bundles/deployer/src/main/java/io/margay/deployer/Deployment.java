package io.margay.deployer;

import io.margay.deployer.Plan.Step;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One change of what the gateway runs.
 *
 * @param number from 1 on; begins anew only where the list of former ones was damaged
 * @param ended empty while it runs
 * @param instance the edge instance's name
 * @param steps how many there are
 * @param reason why it failed; empty otherwise
 */
public record Deployment(
        long number,
        Instant started,
        Optional<Instant> ended,
        Outcome outcome,
        String instance,
        int steps,
        String reason) {

    /** How it ended. One that was refused, as its document or a package is wrong, is no deployment and has no number. */
    public enum Outcome {
        RUNNING,
        SUCCEEDED,
        /** Before anything that ran was touched. */
        FAILED_NO_CHANGE,
        /** The gateway is as it was before. */
        FAILED_ROLLED_BACK,
        /** The gateway is neither as it was nor as it should be. */
        FAILED_UNABLE_TO_ROLL_BACK
    }

    /**
     * What happened on the way.
     *
     * @param stage prepare (installed beside what runs), apply, health (what a changed workload answered), soak (they are
     *     watched), flip (it becomes what the next start brings up), roll-back
     * @param resource such as {@code driver modbus}; empty where it is about the whole
     */
    public record LogLine(Instant time, String level, String stage, String resource, String message) {}

    /**
     * All that is known of one.
     *
     * @param done the steps that were done, in order
     * @param log so far, while it runs
     */
    public record Details(Deployment deployment, List<Step> done, List<LogLine> log) {
        public Details {
            done = List.copyOf(done);
            log = List.copyOf(log);
        }
    }
}
