package io.margay.deployer.internal;

import io.margay.deployer.Plan;
import io.margay.deployer.Plan.Action;
import io.margay.deployer.Plan.Finding;
import io.margay.deployer.Plan.How;
import io.margay.deployer.Plan.Needs;
import io.margay.deployer.Plan.Restart;
import io.margay.deployer.Plan.Severity;
import io.margay.deployer.Plan.Step;
import io.margay.deployer.internal.Difference.WorkloadStep;
import io.margay.deployer.internal.Validation.Checked;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.Handover;
import io.margay.model.WorkloadId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes the plan of what was checked: what happens, what stands against it, what it takes. Used under the deployer's lock. */
final class Planner {
    /** Hexadecimal digits: enough to tell plans apart, few enough to be typed. */
    private static final int ID_DIGITS = 16;

    private static final double MB = 1024 * 1024;

    private final InstanceReader reader;
    private final Host host;
    private final Footprint footprint;

    Planner(InstanceReader reader, Unpacked unpacked, Host host) {
        this.reader = reader;
        this.host = host;
        this.footprint = new Footprint(unpacked, host);
    }

    Plan plan(EdgeInstance current, Checked checked) {
        List<Step> steps = checked.difference().steps();
        Map<WorkloadId, Parts> before = checked.before();
        Map<WorkloadId, Parts> after = checked.after();
        Needs needs = footprint.of(checked);
        List<Finding> findings = new ArrayList<>();
        for (Fault fault : checked.faults()) {
            findings.add(new Finding(Severity.ERROR, resource(after.values(), fault.path()), fault));
        }
        Set<WorkloadId> changed =
                checked.difference().workloads().stream().map(WorkloadStep::id).collect(Collectors.toSet());
        findings.addAll(HostFindings.of(host, before.values(), after.values(), changed));
        after.values().stream()
                .filter(workload -> changed.contains(workload.id()))
                .forEach(workload -> findings.addAll(ContainerRules.warnings(workload, checked.engine())));
        checked.difference().workloads().stream()
                .filter(step -> step.action() == Action.UPDATE || step.action() == Action.RESTART)
                .flatMap(step -> ContainerRules.gap(before.get(step.id()), after.get(step.id())).stream())
                .forEach(findings::add);
        disk(needs).ifPresent(findings::add);
        memory(needs).ifPresent(findings::add);
        TimerOutlook timers = TimerOutlook.of(current, checked.wanted(), Instant.now());
        findings.addAll(timers.advice());
        return new Plan(
                id(current, checked.wanted(), steps),
                steps,
                restarts(before, checked),
                timers.firings(),
                findings,
                needs);
    }

    private static Optional<Finding> disk(Needs needs) {
        return needs.diskBytes() <= needs.diskFreeBytes()
                ? Optional.empty()
                : Optional.of(new Finding(
                        Severity.ERROR,
                        "",
                        new Fault(
                                "",
                                "what is new needs " + size(needs.diskBytes()) + " on disk, and "
                                        + size(needs.diskFreeBytes())
                                        + " are free for the gateway's home; make room first")));
    }

    private static Optional<Finding> memory(Needs needs) {
        return needs.machineMegabytes() == 0 || needs.memoryMegabytes() <= needs.machineMegabytes()
                ? Optional.empty()
                : Optional.of(new Finding(
                        Severity.WARNING,
                        "",
                        new Fault(
                                "",
                                "what runs outside the gateway's JVM may take " + needs.memoryMegabytes()
                                        + " MB by its limits or the default ones, and this machine has "
                                        + needs.machineMegabytes()
                                        + " MB; give workloads a lower limit, or fewer instances")));
    }

    private static String size(long bytes) {
        return bytes < MB ? (bytes + 1023) / 1024 + " KB" : String.format(Locale.ROOT, "%.1f MB", bytes / MB);
    }

    private static List<Restart> restarts(Map<WorkloadId, Parts> before, Checked checked) {
        List<Restart> restarts = new ArrayList<>();
        for (WorkloadStep step : checked.difference().workloads()) {
            PackageInfo info = checked.packages().get(step.id());
            if (step.action() == Action.RESTART) {
                restarts.add(restart(step, How.RESTART, before));
            } else if (step.action() == Action.UPDATE && info != null) {
                boolean exclusive = info.handover() == Handover.EXCLUSIVE;
                restarts.add(restart(step, exclusive ? How.EXCLUSIVE : How.OVERLAP, before));
            }
        }
        return restarts;
    }

    private static Restart restart(WorkloadStep step, How how, Map<WorkloadId, Parts> before) {
        long gap = how == How.OVERLAP
                ? 0
                : Swap.releaseTime(before.get(step.id())).plus(Swap.START).toMillis();
        return new Restart(step.id().kind().word(), step.id().name(), how, gap);
    }

    /** What a fault is about: {@code drivers[2].container} is about a driver. */
    private static String resource(Collection<Parts> workloads, String path) {
        String part = path.replaceFirst("].*", "]");
        return workloads.stream()
                .filter(parts -> parts.path().equals(part))
                .map(Parts::title)
                .findFirst()
                .orElse("");
    }

    private String id(EdgeInstance current, EdgeInstance wanted, List<Step> steps) {
        StringBuilder all = new StringBuilder(digest(current)).append(digest(wanted));
        steps.forEach(step -> all.append('\n').append(step));
        return Digest.of(all.toString().getBytes(StandardCharsets.UTF_8)).substring(0, ID_DIGITS);
    }

    private String digest(EdgeInstance instance) {
        return Digest.of(reader.write(instance));
    }
}
