package io.margay.scheduler.internal;

import java.time.Duration;
import java.time.Instant;

/** Tells how the wall clock went on since it was last looked at. Used under the lock of {@link CronTimers}. */
final class ClockWatch {
    /** What it did. */
    enum Step {
        /** It went on, by however much, or was set back by so little that waiting is right. */
        ON,
        /** It was set back, as daylight saving time or a wrong hand would do it: what was done is not done again. */
        BACK,
        /** It was so wrong before that only what it shows now counts. */
        CORRECTED,
        /** It shows a time that can be true, and before it did not. */
        SET
    }

    /** No earlier time is true, as this was not written then: a clock without a battery begins in 1970. */
    private static final Instant WRITTEN = Instant.parse("2026-01-01T00:00:00Z");

    /** A step back that is smaller is waited for: no minute comes twice. */
    private static final Duration SMALL = Duration.ofMinutes(1);

    /** Debian's cron, too, takes more than this for a correction. */
    private static final Duration CORRECTION = Duration.ofHours(3);

    private Instant seen;

    /** The latest time since the last correction. */
    private Instant latest;

    ClockWatch(Instant now) {
        seen = now;
        latest = now;
    }

    static boolean isSet(Instant time) {
        return !time.isBefore(WRITTEN);
    }

    Step look(Instant now) {
        Instant before = seen;
        if (!now.isBefore(before)) {
            seen = now;
            latest = now.isAfter(latest) ? now : latest;
            return isSet(now) && !isSet(before) ? Step.SET : Step.ON;
        }
        if (Duration.between(now, before).compareTo(SMALL) <= 0) {
            return Step.ON;
        }
        seen = now;
        if (Duration.between(now, latest).compareTo(CORRECTION) <= 0) {
            return Step.BACK;
        }
        latest = now;
        return Step.CORRECTED;
    }
}
