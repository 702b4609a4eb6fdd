package io.margay.deployer.internal;

import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Settles where workloads run, by what is so at one moment, so that all parts of a plan mean the same places.
 *
 * @param running where those run that have a copy, or wait for their engine
 * @param starting those that the gateway's own start is about to bring up: an engine that it had before is waited for
 */
record Placement(Engine.View engine, Map<WorkloadId, Isolation> running, Set<WorkloadId> starting) {
    static Placement now(Engine engine, Table table) {
        return now(engine, table, Set.of());
    }

    static Placement now(Engine engine, Table table, Set<WorkloadId> starting) {
        Engine.View view = engine.view();
        Map<WorkloadId, Isolation> running = new HashMap<>();
        for (Table.Row row : table.rows()) {
            if (row.copy() != null) {
                running.put(row.parts().id(), row.copy().spec().isolation());
            } else if (view.lost() && row.parts().place() == Isolation.CONTAINER) {
                running.put(row.parts().id(), Isolation.CONTAINER); // as soon as the engine is back
            }
        }
        return new Placement(view, Map.copyOf(running), starting);
    }

    /** Where it is to run: what the document says, with {@code auto} settled. Never AUTO. */
    Isolation wanted(Parts workload) {
        if (workload.isolation() != Isolation.AUTO) {
            return workload.isolation();
        }
        boolean java = workload.language() == Language.JAVA;
        boolean asks = workload.memory().isPresent() || workload.container().isPresent();
        if (java && !asks) {
            return Isolation.BUNDLE;
        }
        return container(workload) ? Isolation.CONTAINER : Isolation.PROCESS;
    }

    /** Where it runs; for one that does not, where it would. */
    Isolation actual(Parts workload) {
        Isolation place = running.get(workload.id());
        return place == null ? wanted(workload) : place;
    }

    /** An engine that is gone for a moment must move nothing: what runs in a container stays there. */
    private boolean container(Parts workload) {
        return engine.lost()
                ? running.get(workload.id()) == Isolation.CONTAINER || starting.contains(workload.id())
                : engine.unable(workload.language()).isEmpty();
    }
}
