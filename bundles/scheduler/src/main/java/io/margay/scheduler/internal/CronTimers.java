package io.margay.scheduler.internal;

import io.margay.model.EdgeInstance;
import io.margay.scheduler.Cron;
import io.margay.scheduler.internal.ClockWatch.Step;
import io.margay.spi.Invoker;
import io.margay.store.DocumentStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Fires cron triggers by the wall clock. The clock is looked at anew every few seconds, so that a jump, such as the first
 * network time after a boot in 1970, neither fires all that lies between nor leaves timers waiting for a time long past.
 */
@Component
public final class CronTimers implements Cron {
    private static final Duration LONGEST_SLEEP = Duration.ofSeconds(10);

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "cron"));
    private final Clock clock;
    private final ClockWatch watch;
    private final LastFirings lastFirings;
    private final Map<TimerKey, TimerRun> timers = new LinkedHashMap<>();
    private Future<?> sleep;
    private volatile Invoker invoker;

    @Activate
    public CronTimers(@Reference DocumentStore documents) {
        this(documents, Clock.systemUTC());
    }

    CronTimers(DocumentStore documents, Clock clock) {
        this.clock = clock;
        watch = new ClockWatch(clock.instant());
        lastFirings = new LastFirings(documents);
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void setInvoker(Invoker invoker) {
        this.invoker = invoker;
    }

    void unsetInvoker(Invoker former) {
        if (invoker == former) {
            invoker = null;
        }
    }

    @Deactivate
    void stop() {
        thread.shutdownNow();
    }

    @Override
    public synchronized void apply(List<EdgeInstance.Function> functions) {
        // So that a jump of the clock up to now is not taken for one of what begins now.
        look();
        Map<TimerKey, TimerRun> wanted = new LinkedHashMap<>();
        Instant now = clock.instant();
        for (EdgeInstance.Function function : functions) {
            for (EdgeInstance.Timer timer : function.timers()) {
                TimerKey key = new TimerKey(function.name(), timer);
                TimerRun running = timers.get(key);
                wanted.put(key, running == null ? begin(key, now) : running);
            }
        }
        timers.keySet().removeAll(wanted.keySet());
        timers.values().forEach(gone -> gone.calls.close());
        timers.clear();
        timers.putAll(wanted);
        lastFirings.retain(wanted.keySet().stream().filter(TimerKey::makesUp).toList());
        lastFirings.flush();
        plan(now);
    }

    private TimerRun begin(TimerKey key, Instant now) {
        Optional<Instant> kept = key.makesUp() ? lastFirings.read(key) : Optional.empty();
        TimerRun run = new TimerRun(key, new TimerCalls(key, () -> invoker), now, kept);
        if (kept.isEmpty()) {
            // What it misses from now on counts, also before it has ever fired.
            keep(run);
        }
        return run;
    }

    private void keep(TimerRun run) {
        Instant done = run.toKeep();
        if (run.key.makesUp() && done != null) {
            lastFirings.put(run.key, done);
        }
    }

    private void plan(Instant now) {
        if (sleep != null) {
            sleep.cancel(false);
            sleep = null;
        }
        Instant earliest = null;
        for (TimerRun run : timers.values()) {
            if (run.next() != null && (earliest == null || run.next().isBefore(earliest))) {
                earliest = run.next();
            }
        }
        if (earliest == null || thread.isShutdown()) {
            return;
        }
        // Rounded up: a look a little too early would have to be followed by another.
        long millis = Math.max(0, Math.min(Duration.between(now, earliest).toMillis() + 1, LONGEST_SLEEP.toMillis()));
        sleep = thread.schedule(this::look, millis, TimeUnit.MILLISECONDS);
    }

    /** Fires what is due. */
    synchronized void look() {
        Instant now = clock.instant();
        Step step = watch.look(now);
        List<TimerRun> due = new ArrayList<>();
        for (TimerRun run : timers.values()) {
            guarded(run, () -> {
                run.clock(step, now);
                if (run.next() != null && !run.next().isAfter(now)) {
                    due.add(run);
                    run.due(now).ifPresent(run.calls::fire);
                } else if (step != Step.ON) {
                    keep(run);
                }
            });
        }
        for (TimerRun run : due) {
            guarded(run, () -> {
                run.advance(now);
                keep(run);
            });
        }
        lastFirings.flush();
        plan(clock.instant());
    }

    /** One timer that can't be worked out must not stop the others. */
    private static void guarded(TimerRun run, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            run.giveUp();
            run.key
                    .log()
                    .error("timer {} does not fire any more", run.key.timer().name(), e);
        }
    }

    @Override
    public synchronized List<TimerStatus> list() {
        Instant now = clock.instant();
        List<TimerStatus> statuses = new ArrayList<>();
        for (TimerRun run : timers.values()) {
            statuses.add(new TimerStatus(
                    run.key.function(), run.key.timer(), run.upcoming(now), run.calls.fired(), run.calls.skipped()));
        }
        return statuses;
    }
}
