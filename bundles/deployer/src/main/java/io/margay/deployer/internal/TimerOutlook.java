package io.margay.deployer.internal;

import io.margay.deployer.Plan.Finding;
import io.margay.deployer.Plan.Firings;
import io.margay.deployer.Plan.Severity;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.scheduler.CronExpressions;
import io.margay.scheduler.CronSchedule;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What people should see of timers before they are deployed.
 *
 * @param firings of timers that are new or change
 * @param advice where such a timer's expression may mean something else than was meant
 */
record TimerOutlook(List<Firings> firings, List<Finding> advice) {
    static TimerOutlook of(EdgeInstance current, EdgeInstance wanted, Instant now) {
        List<Firings> firings = new ArrayList<>();
        List<Finding> advice = new ArrayList<>();
        for (int f = 0; f < wanted.functions().size(); f++) {
            EdgeInstance.Function function = wanted.functions().get(f);
            List<EdgeInstance.Timer> before = current.function(function.name())
                    .map(EdgeInstance.Function::timers)
                    .orElse(List.of());
            for (int t = 0; t < function.timers().size(); t++) {
                EdgeInstance.Timer timer = function.timers().get(t);
                List<ZonedDateTime> next = before.contains(timer) ? List.of() : next(timer, now);
                if (next.isEmpty()) {
                    continue;
                }
                firings.add(new Firings(function.name(), timer, next));
                String path = "functions[" + f + "].timers[" + t + "].cron";
                CronExpressions.hint(timer.cron())
                        .ifPresent(hint -> advice.add(new Finding(
                                Severity.ADVICE,
                                "timer " + function.name() + "/" + timer.name(),
                                new Fault(path, hint))));
            }
        }
        return new TimerOutlook(firings, advice);
    }

    /** Empty for one that never fires or can't be read, which is found as an error. */
    private static List<ZonedDateTime> next(EdgeInstance.Timer timer, Instant now) {
        Optional<CronSchedule> schedule;
        try {
            schedule = Optional.of(CronSchedule.of(timer.cron(), timer.zone()));
        } catch (IllegalArgumentException e) {
            schedule = Optional.empty();
        }
        return schedule.map(times -> times.next(now, CronExpressions.SHOWN)).orElse(List.of());
    }
}
