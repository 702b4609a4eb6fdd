package io.margay.deployer.internal;

import io.margay.deployer.Plan.Action;
import io.margay.deployer.Plan.Step;
import io.margay.model.EdgeInstance;
import io.margay.model.Handover;
import io.margay.model.WorkloadId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What must be done to get from one edge instance to another, in the order in which it loses no message: what receives is
 * there before what sends, and what sends goes before what receives.
 *
 * @param things products and devices to add or update
 * @param functions functions to install, update, configure
 * @param routes routes to add or update
 * @param drivers drivers to install, update, configure
 * @param timers timers to add, update, remove
 * @param driversGone drivers to remove
 * @param gone products, devices and routes to remove
 * @param functionsGone functions to remove
 */
record Difference(
        List<Step> things,
        List<WorkloadStep> functions,
        List<Step> routes,
        List<WorkloadStep> drivers,
        List<Step> timers,
        List<WorkloadStep> driversGone,
        List<Step> gone,
        List<WorkloadStep> functionsGone) {

    /**
     * What happens to one workload.
     *
     * @param soaks whether it is watched for a while afterwards: more than its devices change
     */
    record WorkloadStep(WorkloadId id, Step step, boolean soaks) {
        Action action() {
            return step.action();
        }
    }

    /**
     * The workloads of both.
     *
     * @param before those that run, where they run
     * @param after those that are wanted, where they are to run
     * @param absent those of {@code before} that do not run and are to be tried again
     * @param handover how one of {@code after} hands over
     * @param notes what is to be said of where one of {@code after} runs
     */
    record Sides(
            Map<WorkloadId, Parts> before,
            Map<WorkloadId, Parts> after,
            Set<WorkloadId> absent,
            Function<WorkloadId, Handover> handover,
            Function<Parts, String> notes) {}

    /** Compares. */
    static Difference between(EdgeInstance from, EdgeInstance to, Sides sides) {
        Map<WorkloadId, Parts> before = sides.before();
        Map<WorkloadId, Parts> after = sides.after();
        List<WorkloadStep> changed = new ArrayList<>();
        after.values().forEach(parts -> workload(sides, parts).ifPresent(changed::add));
        List<WorkloadStep> removed = before.values().stream()
                .filter(parts -> !after.containsKey(parts.id()))
                .map(parts -> step(parts, Action.REMOVE, parts.code().toString(), ""))
                .toList();

        List<Step> things = new ArrayList<>();
        List<Step> gone = new ArrayList<>();
        List<Step> routes = new ArrayList<>();
        List<Step> timers = new ArrayList<>();
        compare(
                "product",
                byName(from.products(), EdgeInstance.Product::key),
                byName(to.products(), EdgeInstance.Product::key),
                p -> "",
                things,
                gone);
        List<Step> goneProducts = List.copyOf(gone);
        gone.clear();
        compare(
                "device",
                byName(from.devices(), d -> d.id().toString()),
                byName(to.devices(), d -> d.id().toString()),
                d -> "driver " + d.driver(),
                things,
                gone);
        gone.addAll(goneProducts);
        compare(
                "route",
                byName(from.routes(), EdgeInstance.Route::name),
                byName(to.routes(), EdgeInstance.Route::name),
                r -> r.source() + " → " + r.target(),
                routes,
                gone);
        compare("timer", timers(from), timers(to), EdgeInstance.Timer::cron, timers, timers);
        return new Difference(
                things,
                of(changed, WorkloadId.Kind.FUNCTION),
                routes,
                of(changed, WorkloadId.Kind.DRIVER),
                timers,
                of(removed, WorkloadId.Kind.DRIVER),
                gone,
                of(removed, WorkloadId.Kind.FUNCTION));
    }

    /** All of them, in order. */
    List<Step> steps() {
        List<Step> steps = new ArrayList<>(things);
        functions.forEach(w -> steps.add(w.step()));
        steps.addAll(routes);
        drivers.forEach(w -> steps.add(w.step()));
        steps.addAll(timers);
        driversGone.forEach(w -> steps.add(w.step()));
        steps.addAll(gone);
        functionsGone.forEach(w -> steps.add(w.step()));
        return steps;
    }

    List<WorkloadStep> workloads() {
        List<WorkloadStep> all = new ArrayList<>(functions);
        all.addAll(drivers);
        return all;
    }

    private static List<WorkloadStep> of(Collection<WorkloadStep> steps, WorkloadId.Kind kind) {
        return steps.stream().filter(s -> s.id().kind() == kind).toList();
    }

    private static WorkloadStep step(Parts parts, Action action, String detail, String notes) {
        return new WorkloadStep(
                parts.id(),
                new Step(action, parts.id().kind().word(), parts.id().name(), detail + notes),
                true);
    }

    private static Optional<WorkloadStep> workload(Sides sides, Parts after) {
        WorkloadId id = after.id();
        Parts before = sides.before().get(id);
        boolean absent = sides.absent().contains(id);
        if (before == null || absent) {
            String detail = after.code() + ", " + after.language().word() + (absent ? ", did not run" : "");
            return Optional.of(step(after, Action.INSTALL, detail, sides.notes().apply(after)));
        }
        String settings = place(before, after) + handlers(before, after) + surroundings(before, after);
        if (!settings.isEmpty()
                || !before.code().equals(after.code())
                || before.language() != after.language()
                || !before.architecture().equals(after.architecture())
                || !before.version().equals(after.version())
                || before.isolation() != after.isolation()) {
            String how = sides.handover().apply(id) == Handover.EXCLUSIVE
                    ? "exclusive: the old one stops first, calls wait while it changes"
                    : "overlap: calls go on, both need memory meanwhile";
            return Optional.of(step(
                    after,
                    Action.UPDATE,
                    before.code() + " → " + after.code() + settings + ", " + how,
                    sides.notes().apply(after)));
        }
        Set<String> changes = changes(before, after);
        if (changes.isEmpty()) {
            return Optional.empty();
        }
        boolean restart = changes.contains("environment") || changes.contains("mode");
        WorkloadStep step = step(
                after,
                restart ? Action.RESTART : Action.CONFIGURE,
                String.join(", ", changes),
                sides.notes().apply(after));
        return Optional.of(new WorkloadStep(step.id(), step.step(), !changes.equals(Set.of("devices"))));
    }

    /** Also where the document is the same: an engine has come, say. */
    private static String place(Parts before, Parts after) {
        return before.place() == after.place()
                ? ""
                : ", " + before.place().word() + " → " + after.place().word();
    }

    /** Another handler is other code, which may not be there; empty where it is the same. */
    private static String handlers(Parts before, Parts after) {
        if (after.isDriver()
                || before.function().handler().equals(after.function().handler())) {
            return "";
        }
        return ", handler " + quoted(before.function().handler()) + " → "
                + quoted(after.function().handler());
    }

    /** What a workload has around it from its start on, and can't be given while it runs. */
    private static String surroundings(Parts before, Parts after) {
        boolean same = before.container().equals(after.container())
                && (!after.contained() || before.containerSettings().equals(after.containerSettings()));
        return (same ? "" : ", container settings") + (before.limit().equals(after.limit()) ? "" : ", memory limit");
    }

    private static String quoted(String handler) {
        return handler.isEmpty() ? "of the package" : "'" + handler + "'";
    }

    private static Set<String> changes(Parts before, Parts after) {
        Set<String> changes = new LinkedHashSet<>();
        note(changes, "configuration", before.configuration(), after.configuration());
        note(changes, "environment", before.environment(), after.environment());
        note(changes, "devices", before.devices(), after.devices());
        note(changes, "defaults", before.defaults(), after.defaults());
        note(changes, "handover", before.handover(), after.handover());
        if (!after.isDriver()) {
            EdgeInstance.Function old = before.function();
            EdgeInstance.Function now = after.function();
            note(changes, "mode", old.mode(), now.mode());
            note(changes, "timeout", old.timeout(), now.timeout());
            note(changes, "idle", old.idle(), now.idle());
            note(changes, "instances", old.instances(), now.instances());
            note(changes, "concurrency", old.concurrency(), now.concurrency());
            note(changes, "queue", old.queue(), now.queue());
        }
        return changes;
    }

    private static void note(Set<String> changes, String name, Object before, Object after) {
        if (!Objects.equals(before, after)) {
            changes.add(name);
        }
    }

    private static <T> Map<String, T> byName(List<T> all, Function<T, String> name) {
        return all.stream().collect(Collectors.toMap(name, t -> t, (a, b) -> b, LinkedHashMap::new));
    }

    private static Map<String, EdgeInstance.Timer> timers(EdgeInstance instance) {
        Map<String, EdgeInstance.Timer> timers = new LinkedHashMap<>();
        instance.functions()
                .forEach(f -> f.timers().forEach(timer -> timers.put(f.name() + "/" + timer.name(), timer)));
        return timers;
    }

    private static <T> void compare(
            String kind,
            Map<String, T> before,
            Map<String, T> after,
            Function<T, String> detail,
            List<Step> changed,
            List<Step> gone) {
        after.forEach((name, part) -> {
            T old = before.get(name);
            if (!part.equals(old)) {
                changed.add(new Step(old == null ? Action.ADD : Action.UPDATE, kind, name, detail.apply(part)));
            }
        });
        before.forEach((name, part) -> {
            if (!after.containsKey(name)) {
                gone.add(new Step(Action.REMOVE, kind, name, detail.apply(part)));
            }
        });
    }
}
