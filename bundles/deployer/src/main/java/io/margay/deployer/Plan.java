package io.margay.deployer;

import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import java.time.ZonedDateTime;
import java.util.List;

/**
 * What an apply would do, and what stands against it.
 *
 * @param id names this plan: another one where something else runs, something else is wanted, or other steps lead there
 * @param steps in order; empty when the gateway is already so
 * @param restarts the running workloads that are replaced or started anew
 * @param timers those that are new or change, and can fire
 * @param findings errors first; an apply is refused while there is an error
 */
public record Plan(
        String id,
        List<Step> steps,
        List<Restart> restarts,
        List<Firings> timers,
        List<Finding> findings,
        Needs needs) {
    public Plan {
        steps = List.copyOf(steps);
        restarts = List.copyOf(restarts);
        timers = List.copyOf(timers);
        findings = List.copyOf(findings);
    }

    /** What happens to a part. */
    public enum Action {
        ADD,
        INSTALL,
        UPDATE,
        CONFIGURE,
        RESTART,
        REMOVE
    }

    /**
     * One row.
     *
     * @param action bundles are installed, updated, removed; configurations configured; workloads restarted; products,
     *     devices, routes and timers added, updated, removed
     * @param kind driver, function, product, device, route, timer
     * @param name the part's name
     * @param detail what changes, in words, for example {@code 3f2a… → 9c01…, exclusive: calls wait while it changes}
     */
    public record Step(Action action, String kind, String name, String detail) {}

    /** How a running workload gives way. */
    public enum How {
        /** The new one starts beside it: no gap. */
        OVERLAP,
        /** It lets go of what only one may hold before the new one starts: calls wait. */
        EXCLUSIVE,
        /** The same code is stopped and started: calls wait. */
        RESTART
    }

    /**
     * A workload that does not go on as it is.
     *
     * @param kind driver or function
     * @param longestGapMillis calls wait so long at most until it works again or is taken back; 0 for none
     */
    public record Restart(String kind, String name, How how, long longestGapMillis) {}

    /**
     * When a timer would fire.
     *
     * @param next the next firings after the plan was made, at most five, in the timer's zone
     */
    public record Firings(String function, EdgeInstance.Timer timer, List<ZonedDateTime> next) {}

    /** How much a finding matters. */
    public enum Severity {
        /** It can't be deployed so. */
        ERROR,
        /** It can, and somebody should know. */
        WARNING,
        /** It can, and may be what is meant; or something else is. */
        ADVICE
    }

    /**
     * Something that was found.
     *
     * @param resource such as {@code driver modbus}; empty where it is about the whole
     * @param fault what, and where in the edge instance
     */
    public record Finding(Severity severity, String resource, Fault fault) {}

    /**
     * What it takes.
     *
     * @param diskBytes for what is unpacked and installed anew
     * @param diskFreeBytes beside it
     * @param memoryMegabytes that workloads outside the gateway's JVM may take, with the largest of those that run twice
     *     during a swap; by their limits, or by the default ones where they have none
     * @param machineMegabytes the machine's memory; 0 where it is not known
     */
    public record Needs(long diskBytes, long diskFreeBytes, long memoryMegabytes, long machineMegabytes) {}

    /** What must be put right before it can be deployed; empty where nothing must. */
    public List<Fault> errors() {
        return findings.stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .map(Finding::fault)
                .toList();
    }
}
