package io.margay.deployer.internal;

import io.margay.deployer.Deployer.WorkloadHealth;
import io.margay.deployer.Plan.Action;
import io.margay.deployer.internal.Difference.WorkloadStep;
import io.margay.deployer.internal.History.Run;
import io.margay.model.DeviceId;
import io.margay.model.Durations;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.Health;
import io.margay.spi.WorkloadException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What stands between the start of changed workloads and their becoming current: they must work, and go on to. */
final class Soak {
    /** For finding out which devices of a driver answer, before it is changed. */
    private static final Duration DEVICES = Duration.ofSeconds(5);

    /** The same for all drivers together. */
    private static final Duration ALL_DEVICES = Duration.ofSeconds(30);

    private static final Duration BETWEEN_ROUNDS = Duration.ofSeconds(1);
    private static final Duration NOTICED_WITHIN = Duration.ofMillis(500);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private final HealthChecks checks;
    private final Table table;
    private final Duration usual;
    private final CountDownLatch cut = new CountDownLatch(1);

    /** @param usual how long workloads are watched where nobody says otherwise */
    Soak(HealthChecks checks, Table table, Duration usual) {
        this.checks = checks;
        this.table = table;
        this.usual = usual;
    }

    /**
     * How things are before anything is touched.
     *
     * @param answering the devices that answer a driver, of which each must do so afterwards
     * @param restarts how often a workload that stays was restarted
     */
    record Before(Map<WorkloadId, Set<DeviceId>> answering, Map<WorkloadId, Integer> restarts) {}

    Before before(List<WorkloadStep> steps, Run run) {
        long deadline = System.nanoTime() + ALL_DEVICES.toNanos();
        Map<WorkloadId, Set<DeviceId>> answering = new HashMap<>();
        Map<WorkloadId, Integer> restarts = new HashMap<>();
        for (WorkloadStep step : steps) {
            Optional<Generation> running = generation(step.id());
            if (running.isEmpty()) {
                continue;
            }
            if (step.action() != Action.UPDATE) {
                restarts.put(step.id(), running.get().status().restarts());
            }
            long left = Math.max(0, Math.min(DEVICES.toNanos(), deadline - System.nanoTime()));
            Set<DeviceId> devices = running.get().answering(Duration.ofNanos(left));
            if (!devices.isEmpty()) {
                answering.put(step.id(), devices);
                run.log(
                        "health",
                        resource(step.id()),
                        (devices.size() == 1 ? "1 device answers" : devices.size() + " devices answer")
                                + " and must do so afterwards");
            }
        }
        return new Before(answering, restarts);
    }

    private Optional<Generation> generation(WorkloadId id) {
        return table.copy(id).map(Copy::generation);
    }

    /**
     * Watches changed workloads. One of which nothing but the devices changed is asked once.
     *
     * @param asked how long; empty for the usual time
     * @throws WorkloadException one does not work, or ended meanwhile
     */
    void watch(List<WorkloadStep> steps, Before before, Optional<Duration> asked, Run run) throws WorkloadException {
        List<WorkloadId> changed = steps.stream().map(WorkloadStep::id).toList();
        checks.require(before.answering());
        try {
            for (WorkloadHealth each : probe("health", changed, before.restarts(), run)) {
                run.log("health", resource(each.id()), each.health().message());
            }
            List<WorkloadId> soaking = steps.stream()
                    .filter(WorkloadStep::soaks)
                    .map(WorkloadStep::id)
                    .toList();
            Duration time = asked.orElse(usual);
            if (!soaking.isEmpty() && !time.isZero()) {
                soak(soaking, before.restarts(), time, run);
            }
        } finally {
            checks.require(Map.of());
        }
    }

    private void soak(List<WorkloadId> ids, Map<WorkloadId, Integer> restarts, Duration time, Run run)
            throws WorkloadException {
        String all = ids.size() == 1 ? "1 workload" : ids.size() + " workloads";
        run.log("soak", "", all + " must work for " + Durations.text(time));
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            look(ids, restarts, Math.min(left, BETWEEN_ROUNDS.toNanos()), run);
            probe("soak", ids, restarts, run);
        }
        run.log("soak", "", all + " worked for " + Durations.text(time));
    }

    /** Lets time pass, but not for a workload that ended meanwhile. */
    private void look(List<WorkloadId> ids, Map<WorkloadId, Integer> restarts, long nanos, Run run)
            throws WorkloadException {
        long until = System.nanoTime() + nanos;
        try {
            for (long left = nanos; left > 0; left = until - System.nanoTime()) {
                if (cut.await(Math.min(left, BETWEEN_LOOKS.toNanos()), TimeUnit.NANOSECONDS)) {
                    throw new WorkloadException("the gateway is stopped before the deployment is done");
                }
                for (WorkloadId id : ids) {
                    Optional<String> crash = crash(id, restarts.getOrDefault(id, 0));
                    if (crash.isPresent()) {
                        throw failed(
                                "soak",
                                List.of(new WorkloadHealth(id, Health.critical(crash.get()), Duration.ZERO)),
                                run);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException("interrupted while the workloads were watched", e);
        }
    }

    private List<WorkloadHealth> probe(String stage, List<WorkloadId> ids, Map<WorkloadId, Integer> restarts, Run run)
            throws WorkloadException {
        List<WorkloadHealth> answers = checks.run(ids);
        List<WorkloadHealth> failed = new ArrayList<>();
        for (WorkloadHealth each : answers) {
            // That it ended says more than that it did not answer.
            Optional<String> crash = crash(each, restarts.getOrDefault(each.id(), 0));
            if (crash.isPresent()) {
                failed.add(new WorkloadHealth(each.id(), Health.critical(crash.get()), each.took()));
            } else if (!each.health().works()) {
                failed.add(each);
            }
        }
        if (!failed.isEmpty()) {
            throw failed(stage, failed, run);
        }
        return answers;
    }

    private static WorkloadException failed(String stage, List<WorkloadHealth> failed, Run run) {
        failed.forEach(
                each -> run.problem(stage, resource(each.id()), each.health().message()));
        WorkloadHealth first = failed.get(0);
        return new WorkloadException(
                resource(first.id()) + ": " + first.health().message()
                        + (failed.size() == 1 ? "" : "; and " + (failed.size() - 1) + " more do not work"));
    }

    /** Of one that does not answer the end may be noticed a moment later. */
    private Optional<String> crash(WorkloadHealth answer, int restartsBefore) {
        Optional<String> crash = crash(answer.id(), restartsBefore);
        long until = System.nanoTime() + (answer.health().works() ? 0 : NOTICED_WITHIN.toNanos());
        try {
            while (crash.isEmpty() && System.nanoTime() < until && !cut.await(10, TimeUnit.MILLISECONDS)) {
                crash = crash(answer.id(), restartsBefore);
            }
        } catch (InterruptedException e) {
            // Whoever waits next is told; what is known by now is the reason.
            Thread.currentThread().interrupt();
        }
        return crash;
    }

    private Optional<String> crash(WorkloadId id, int restartsBefore) {
        return generation(id)
                .map(Generation::status)
                .filter(status -> status.restarts() != restartsBefore)
                .map(status ->
                        "it ended by itself" + (status.lastFailure().isEmpty() ? "" : ": " + status.lastFailure()));
    }

    private static String resource(WorkloadId id) {
        return id.kind().word() + " " + id.name();
    }

    /** Ends the watch, as the gateway is stopped; the deployment fails. */
    void cut() {
        cut.countDown();
    }
}
