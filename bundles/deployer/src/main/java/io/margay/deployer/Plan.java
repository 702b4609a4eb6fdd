package io.margay.deployer;

import java.util.List;

/**
 * What an apply would do, in order.
 *
 * @param steps empty when the gateway is already so
 */
public record Plan(List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
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
}
