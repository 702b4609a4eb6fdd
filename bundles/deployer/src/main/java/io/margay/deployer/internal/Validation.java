package io.margay.deployer.internal;

import io.margay.deployer.internal.Difference.WorkloadStep;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.Handover;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.scheduler.CronExpressions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Checks all of a wanted edge instance that can be checked without changing anything. */
final class Validation {
    /**
     * A wanted edge instance that was looked at.
     *
     * @param before the workloads that run, where they run
     * @param after those that are wanted, where they are to run
     * @param engine as it was when their places were settled
     * @param packages of the workloads that change; null where a package is wrong
     * @param faults for which it can't be applied
     */
    record Checked(
            EdgeInstance wanted,
            Map<WorkloadId, Parts> before,
            Map<WorkloadId, Parts> after,
            Engine.View engine,
            Difference difference,
            Map<WorkloadId, PackageInfo> packages,
            List<Fault> faults) {}

    private final InstanceReader reader;
    private final Packages packages;
    private final Installer installer;
    private final Opening opening;
    private final Table table;
    private final Engine engine;

    Validation(
            InstanceReader reader,
            Packages packages,
            Installer installer,
            Opening opening,
            Table table,
            Engine engine) {
        this.reader = reader;
        this.packages = packages;
        this.installer = installer;
        this.opening = opening;
        this.table = table;
        this.engine = engine;
    }

    /** @throws InvalidException its parts do not fit together */
    Checked check(EdgeInstance current, EdgeInstance asked) throws InvalidException {
        EdgeInstance wanted = asWritten(asked);
        List<Fault> faults = new ArrayList<>();
        Placement placement = Placement.now(engine, table);
        Map<WorkloadId, Parts> before = Parts.of(current, placement::actual);
        Map<WorkloadId, Parts> after = Parts.of(wanted, placement::wanted);
        Map<WorkloadId, PackageInfo> infos = new HashMap<>();
        Engine.View view = placement.engine();
        // Only what changes: a file that was lost must not keep people from deploying something else.
        Difference difference = Difference.between(
                current,
                wanted,
                new Difference.Sides(
                        before,
                        after,
                        table.absent(),
                        id -> handover(inspect(after.get(id), view, infos, faults)),
                        parts -> NotKept.of(parts, view)));
        for (WorkloadStep step : difference.workloads()) {
            inspect(after.get(step.id()), view, infos, faults);
            faults.addAll(opening.faults(after.get(step.id())));
        }
        checkTimers(wanted, faults);
        checkTies(difference, faults);
        return new Checked(wanted, before, after, view, difference, infos, List.copyOf(faults));
    }

    /** As it will be read at the next start, so that nothing differs but what is different. */
    private EdgeInstance asWritten(EdgeInstance asked) throws InvalidException {
        try {
            return reader.read(new String(reader.write(asked), StandardCharsets.UTF_8), Map.of());
        } catch (InvalidException e) {
            // The lines would be those of the gateway's own document, which nobody has before them.
            throw new InvalidException(e.faults().stream()
                    .map(fault -> new Fault(fault.path(), fault.message()))
                    .toList());
        }
    }

    private PackageInfo inspect(Parts parts, Engine.View view, Map<WorkloadId, PackageInfo> infos, List<Fault> faults) {
        if (!infos.containsKey(parts.id())) {
            PackageInfo info = null;
            try {
                info = packages.inspect(parts, view);
            } catch (InvalidException e) {
                faults.addAll(e.faults());
            }
            infos.put(parts.id(), info);
        }
        return infos.get(parts.id());
    }

    private static Handover handover(PackageInfo info) {
        return info == null ? Handover.OVERLAP : info.handover();
    }

    private static void checkTimers(EdgeInstance wanted, List<Fault> faults) {
        for (int f = 0; f < wanted.functions().size(); f++) {
            List<EdgeInstance.Timer> timers = wanted.functions().get(f).timers();
            for (int t = 0; t < timers.size(); t++) {
                try {
                    CronExpressions.check(timers.get(t).cron(), timers.get(t).zone());
                } catch (IllegalArgumentException e) {
                    faults.add(new Fault("functions[" + f + "].timers[" + t + "].cron", e.getMessage()));
                }
            }
        }
    }

    /** Copies that go may take nothing with them. */
    private void checkTies(Difference difference, List<Fault> faults) {
        List<WorkloadStep> all = new ArrayList<>(difference.workloads());
        all.addAll(difference.driversGone());
        all.addAll(difference.functionsGone());
        for (WorkloadStep step : all) {
            table.copy(step.id()).map(Copy::bundle).filter(Objects::nonNull).ifPresent(bundle -> {
                var tied = installer.tiedTo(Set.of(bundle));
                if (!tied.isEmpty()) {
                    faults.add(new Fault(
                            "",
                            step.id() + " can't be changed: " + tied + " use packages of it and would stop with it"));
                }
            });
        }
    }
}
