package io.margay.deployer.internal;

import io.margay.deployer.Plan.Action;
import io.margay.deployer.Plan.Step;
import io.margay.deployer.internal.Difference.WorkloadStep;
import io.margay.deployer.internal.History.Run;
import io.margay.deployer.internal.Validation.Checked;
import io.margay.device.Devices;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import io.margay.spi.WorkloadException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Does one difference, step by step. */
final class Application {
    /** Everything besides workloads that an edge instance makes. */
    record Surroundings(Devices devices, Routes routes, Cron cron) {}

    private final Surroundings surroundings;
    private final Workloads workloads;
    private final Transaction transaction;
    private final EdgeInstance current;
    private final Checked checked;
    private final Map<WorkloadId, Parts> parts;
    private final Map<WorkloadId, Copy> prepared = new HashMap<>();
    private final Run run;

    Application(
            Surroundings surroundings,
            Workloads workloads,
            Transaction transaction,
            EdgeInstance current,
            Checked checked,
            Run run) {
        this.surroundings = surroundings;
        this.workloads = workloads;
        this.transaction = transaction;
        this.current = current;
        this.checked = checked;
        this.parts = checked.after();
        this.run = run;
    }

    /** Installs what is new beside what runs. */
    void prepare() throws InvalidException {
        for (WorkloadStep step : checked.difference().workloads()) {
            if (step.action() == Action.INSTALL || step.action() == Action.UPDATE) {
                prepare(step.id());
            }
        }
    }

    private Copy prepare(WorkloadId id) throws InvalidException {
        Copy copy =
                workloads.prepare(transaction, parts.get(id), checked.packages().get(id));
        prepared.put(id, copy);
        run.log(
                "prepare",
                resource(id.kind().word(), id.name()),
                "version " + copy.info().version() + " is installed");
        return copy;
    }

    void run() throws InvalidException, WorkloadException {
        Difference difference = checked.difference();
        EdgeInstance wanted = checked.wanted();
        // What goes stays until nothing can send to it or report for it any more.
        List<EdgeInstance.Product> products = union(wanted.products(), current.products(), EdgeInstance.Product::key);
        List<EdgeInstance.Device> devices = union(wanted.devices(), current.devices(), EdgeInstance.Device::id);
        List<EdgeInstance.Route> routes = union(wanted.routes(), current.routes(), EdgeInstance.Route::name);

        boolean thingsChange =
                !difference.things().isEmpty() || !difference.gone().isEmpty();
        if (thingsChange) {
            transaction.onFailure(() -> surroundings.devices().apply(current.products(), current.devices()));
            surroundings.devices().apply(products, devices);
        }
        done(difference.things());
        workloads(difference.functions());
        boolean routesChange =
                !difference.routes().isEmpty() || !difference.gone().isEmpty();
        if (routesChange) {
            transaction.onFailure(() -> surroundings.routes().apply(current.routes()));
            surroundings.routes().apply(routes);
            transaction.onSuccess(surroundings.routes()::forget);
        }
        done(difference.routes());
        workloads(difference.drivers());
        if (!difference.timers().isEmpty()) {
            transaction.onFailure(() -> surroundings.cron().apply(current.functions()));
            surroundings.cron().apply(wanted.functions());
        }
        done(difference.timers());
        remove(difference.driversGone());
        if (!difference.gone().isEmpty()) {
            surroundings.routes().apply(wanted.routes());
            surroundings.devices().apply(wanted.products(), wanted.devices());
        }
        done(difference.gone());
        remove(difference.functionsGone());
    }

    private void workloads(List<WorkloadStep> steps) throws InvalidException, WorkloadException {
        for (WorkloadStep step : steps) {
            try {
                workload(step);
            } catch (WorkloadException e) {
                throw new WorkloadException(
                        step.step().kind() + " " + step.step().name() + ": " + e.getMessage(), e);
            }
            done(step);
        }
    }

    private void workload(WorkloadStep step) throws InvalidException, WorkloadException {
        Copy copy = prepared.get(step.id());
        if (copy == null) {
            if (workloads.reconfigure(
                    transaction,
                    parts.get(step.id()),
                    Optional.ofNullable(checked.packages().get(step.id())))) {
                return;
            }
            // It has no copy that runs, because an administrator stopped it: a change starts it again.
            copy = prepare(step.id());
        }
        workloads.start(transaction, copy);
    }

    private void remove(List<WorkloadStep> steps) {
        for (WorkloadStep step : steps) {
            workloads.remove(transaction, step);
            done(step);
        }
    }

    private void done(WorkloadStep step) {
        run.done(List.of(step.step()));
        run.log("apply", resource(step.step().kind(), step.step().name()), words(step.step()));
    }

    /** Things, routes and timers: thousands of them are one line. */
    private void done(List<Step> steps) {
        run.done(steps);
        if (steps.size() == 1) {
            run.log("apply", resource(steps.get(0).kind(), steps.get(0).name()), words(steps.get(0)));
        } else if (!steps.isEmpty()) {
            run.log("apply", "", steps.size() + " changes of products, devices, routes or timers are made");
        }
    }

    private static String resource(String kind, String name) {
        return kind + " " + name;
    }

    private static String words(Step step) {
        return switch (step.action()) {
            case ADD -> "added";
            case INSTALL -> "works";
            case UPDATE -> "updated";
            case CONFIGURE -> "works by its new configuration";
            case RESTART -> "works again";
            case REMOVE -> "removed";
        };
    }

    private static <T, K> List<T> union(List<T> wanted, List<T> current, Function<T, K> key) {
        Map<K, T> all = new LinkedHashMap<>();
        wanted.forEach(part -> all.put(key.apply(part), part));
        current.forEach(part -> all.putIfAbsent(key.apply(part), part));
        return List.copyOf(all.values());
    }
}
