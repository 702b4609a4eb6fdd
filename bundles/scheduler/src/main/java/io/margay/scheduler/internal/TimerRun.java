package io.margay.scheduler.internal;

import io.margay.scheduler.CronExpressions;
import io.margay.scheduler.CronSchedule;
import io.margay.scheduler.internal.ClockWatch.Step;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;

/**
 * One timer: up to when its firings are done, and which comes next. Used under the lock of {@link CronTimers}, but for
 * its calls.
 */
final class TimerRun {
    /** A firing that is found later than this was missed; what is found sooner is just late, as on a busy gateway. */
    private static final Duration LATE = Duration.ofMinutes(1);

    final TimerKey key;
    final TimerCalls calls;
    private final CronSchedule schedule;

    /** Its firings are done up to here. */
    private Instant done;

    /** Null when it never fires again. */
    private Instant next;

    /** What {@link #done} was before the clock began anew in the past; null where it did not. */
    private Instant doneBefore;

    private List<ZonedDateTime> upcoming = List.of();

    /**
     * @param kept up to when its firings were done when the gateway ended; empty for a new one, which has missed nothing
     * @throws IllegalArgumentException its expression is none
     */
    TimerRun(TimerKey key, TimerCalls calls, Instant now, Optional<Instant> kept) {
        this.key = key;
        this.calls = calls;
        schedule = CronSchedule.of(key.timer().cron(), key.timer().zone());
        if (kept.filter(time -> !time.isAfter(now)).isPresent()) {
            doneTo(kept.get(), kept.get());
        } else {
            doneTo(now, now);
            // One that lies ahead of a clock that is set was written while it was wrong.
            doneBefore = ClockWatch.isSet(now) ? null : kept.orElse(null);
        }
    }

    private void doneTo(Instant time, Instant now) {
        done = time;
        next = schedule.next(now).map(ZonedDateTime::toInstant).orElse(null);
        upcoming = List.of();
    }

    Instant next() {
        return next;
    }

    /** Up to when its firings are done, in a time that the clock can be right about; null where in no such time. */
    Instant toKeep() {
        return ClockWatch.isSet(done) ? done : null;
    }

    /** Plans anew where the clock did not just go on. */
    void clock(Step step, Instant now) {
        if (step == Step.SET && !ClockWatch.isSet(done)) {
            // From 1970 to today lies nothing that was missed, but from the last firing before it may.
            Instant from = doneBefore == null || doneBefore.isAfter(now) ? now : doneBefore;
            doneBefore = null;
            doneTo(from, from);
        } else if (step == Step.CORRECTED || (step == Step.BACK && !schedule.fixed())) {
            if (ClockWatch.isSet(done) && !ClockWatch.isSet(now)) {
                doneBefore = done;
            }
            doneTo(now, now);
        }
    }

    /** @return when the firing was due that is to be called now; of several the last one */
    Optional<Instant> due(Instant now) {
        if (next == null || next.isAfter(now)) {
            return Optional.empty();
        }
        Instant first = next;
        // No two firings are closer together than a minute.
        Instant last = isLate(first, now) ? schedule.last(done, now).orElse(first) : first;
        if (last.equals(first) && !isLate(last, now)) {
            return Optional.of(last);
        }
        boolean called = key.makesUp() || !isLate(last, now);
        key.log()
                .warn(
                        "timer {}: nothing fired from {} to {}, as the gateway or its clock did not go on; {} is {}",
                        key.timer().name(),
                        first,
                        last,
                        first.equals(last) ? "the firing" : "the last of these firings",
                        called ? "made up for" : "not made up for");
        return called ? Optional.of(last) : Optional.empty();
    }

    private static boolean isLate(Instant due, Instant now) {
        return Duration.between(due, now).compareTo(LATE) > 0;
    }

    /** Goes on to what comes next, when what was due is called: the others do not wait for that to be worked out. */
    void advance(Instant now) {
        if (next != null && !next.isAfter(now)) {
            doneTo(now, now);
        }
    }

    /** Nothing of it fires any more. */
    void giveUp() {
        next = null;
        upcoming = List.of();
    }

    /** The next firings for people, worked out once for each. */
    List<ZonedDateTime> upcoming(Instant now) {
        if (next == null) {
            return List.of();
        }
        if (upcoming.isEmpty() || !upcoming.get(0).toInstant().equals(next)) {
            Instant from = next.isAfter(now) ? next.minusSeconds(1) : now;
            upcoming = schedule.next(from, CronExpressions.SHOWN);
        }
        return upcoming;
    }
}
