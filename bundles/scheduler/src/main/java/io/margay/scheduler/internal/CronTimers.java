package io.margay.scheduler.internal;

import io.margay.model.EdgeInstance;
import io.margay.model.WorkloadId;
import io.margay.scheduler.Cron;
import io.margay.scheduler.CronExpressions;
import io.margay.spi.Invocation;
import io.margay.spi.Invoker;
import io.margay.spi.Json;
import io.margay.spi.WorkloadLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
    /** A firing that is later than this was missed: it is skipped, as the clock jumped or the gateway slept. */
    private static final Duration TOO_LATE = Duration.ofSeconds(30);

    private static final Duration LONGEST_SLEEP = Duration.ofSeconds(10);

    private record Key(String function, EdgeInstance.Timer timer) {}

    /** A timer's state; {@code next} null when it never fires again. */
    private static final class Running {
        private final LongAdder fired = new LongAdder();
        private Instant next;
    }

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "cron"));
    private final Clock clock;
    private final Map<Key, Running> timers = new LinkedHashMap<>();
    private Instant lookedAt;
    private Future<?> sleep;
    private volatile Invoker invoker;

    @Activate
    public CronTimers() {
        this(Clock.systemUTC());
    }

    CronTimers(Clock clock) {
        this.clock = clock;
        lookedAt = clock.instant();
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
        Map<Key, Running> wanted = new LinkedHashMap<>();
        Instant now = clock.instant();
        for (EdgeInstance.Function function : functions) {
            for (EdgeInstance.Timer timer : function.timers()) {
                Key key = new Key(function.name(), timer);
                Running running = timers.get(key);
                if (running == null) {
                    running = new Running();
                    running.next = next(timer, now);
                }
                wanted.put(key, running);
            }
        }
        timers.clear();
        timers.putAll(wanted);
        plan(now);
    }

    private static Instant next(EdgeInstance.Timer timer, Instant after) {
        List<ZonedDateTime> next = CronExpressions.next(timer.cron(), timer.zone(), after.atZone(ZoneOffset.UTC), 1);
        return next.isEmpty() ? null : next.get(0).toInstant();
    }

    private void plan(Instant now) {
        if (sleep != null) {
            sleep.cancel(false);
            sleep = null;
        }
        Instant earliest = null;
        for (Running running : timers.values()) {
            if (running.next != null && (earliest == null || running.next.isBefore(earliest))) {
                earliest = running.next;
            }
        }
        if (earliest == null) {
            return;
        }
        long millis = Math.max(0, Math.min(Duration.between(now, earliest).toMillis(), LONGEST_SLEEP.toMillis()));
        sleep = thread.schedule(this::look, millis, TimeUnit.MILLISECONDS);
    }

    /** Fires what is due. */
    synchronized void look() {
        Instant now = clock.instant();
        boolean back = now.isBefore(lookedAt.minus(TOO_LATE));
        lookedAt = now;
        timers.forEach((key, running) -> {
            try {
                fireIfDue(key, running, now, back);
            } catch (RuntimeException e) {
                // One timer that can't be worked out must not stop the others.
                running.next = null;
                WorkloadLog.of(WorkloadId.function(key.function()))
                        .error("timer {} does not fire any more", key.timer().name(), e);
            }
        });
        plan(now);
    }

    private void fireIfDue(Key key, Running running, Instant now, boolean back) {
        EdgeInstance.Timer timer = key.timer();
        if (back) {
            running.next = next(timer, now);
        }
        if (running.next == null || running.next.isAfter(now)) {
            return;
        }
        Instant due = running.next;
        running.next = next(timer, now);
        if (Duration.between(due, now).compareTo(TOO_LATE) > 0) {
            WorkloadLog.of(WorkloadId.function(key.function()))
                    .warn(
                            "timer {} missed its firing of {}: the clock jumped; next {}",
                            timer.name(),
                            due,
                            running.next);
        } else {
            running.fired.increment();
            fire(key.function(), timer, due);
        }
    }

    private void fire(String function, EdgeInstance.Timer timer, Instant due) {
        Invoker to = invoker;
        if (to == null) {
            WorkloadLog.of(WorkloadId.function(function)).warn("timer {}: functions can't be called now", timer.name());
            return;
        }
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("triggerTime", due.toString());
        event.put("triggerName", timer.name());
        event.put("payload", timer.payload());
        to.invoke(function, new Invocation(Json.write(event))).whenComplete((result, error) -> {
            if (error != null) {
                WorkloadLog.of(WorkloadId.function(function)).warn("timer {}: {}", timer.name(), error.getMessage());
            }
        });
    }

    @Override
    public synchronized List<TimerStatus> list() {
        ZonedDateTime now = clock.instant().atZone(ZoneOffset.UTC);
        List<TimerStatus> statuses = new ArrayList<>();
        timers.forEach((key, running) -> statuses.add(new TimerStatus(
                key.function(),
                key.timer(),
                CronExpressions.next(key.timer().cron(), key.timer().zone(), now, 5),
                running.fired.sum())));
        return statuses;
    }
}
