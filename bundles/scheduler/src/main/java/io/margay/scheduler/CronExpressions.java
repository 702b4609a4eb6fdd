package io.margay.scheduler;

import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cron expressions: five fields, as cron has them. */
public final class CronExpressions {
    /** So many next firings are shown wherever an expression is entered. */
    public static final int SHOWN = 5;

    private static final Pattern MINUTE_ALONE = Pattern.compile("0*([1-9]\\d?)( \\* \\* \\* \\*)");
    private static final Pattern UNEVEN_STEP = Pattern.compile("\\*/0*([1-9]\\d?) \\* \\* \\* \\*");
    private static final Pattern HOUR_ALONE = Pattern.compile("\\* (\\d{1,2})( \\S+ \\S+ \\S+)");
    private static final int MINUTES = 60;

    private CronExpressions() {}

    /**
     * Checks an expression.
     *
     * @param zone a time zone's name, empty for the gateway's own
     * @throws IllegalArgumentException it is no cron expression, it never fires, or there is no such time zone
     */
    public static void check(String cron, Optional<String> zone) {
        upcoming(cron, zone, Instant.now(), 1);
    }

    /**
     * The next firings after a time.
     *
     * @param zone a time zone's name, empty for the gateway's own
     * @return one at least
     * @throws IllegalArgumentException as {@link #check}
     */
    public static List<ZonedDateTime> upcoming(String cron, Optional<String> zone, Instant after, int count) {
        List<ZonedDateTime> next = CronSchedule.of(cron, zone).next(after, count);
        if (next.isEmpty()) {
            throw new IllegalArgumentException(
                    "cron expression '" + cron + "' never fires: no date has such a day and month");
        }
        return next;
    }

    /**
     * What somebody who wrote this may have meant instead, as a sentence; empty where nothing suggests itself.
     *
     * @param cron one that fires
     */
    public static Optional<String> hint(String cron) {
        String expression = String.join(" ", cron.strip().split("\\s+"));
        Matcher minute = MINUTE_ALONE.matcher(expression);
        if (minute.matches()) {
            int number = Integer.parseInt(minute.group(1));
            // Each period that divides the hour, but for once an hour.
            return number >= 2 && number <= MINUTES / 2 && MINUTES % number == 0
                    ? Optional.of("'" + expression + "' is minute " + number + " of each hour; did you mean '*/"
                            + number + minute.group(2) + "' (every " + number + " minutes)?")
                    : Optional.empty();
        }
        Matcher step = UNEVEN_STEP.matcher(expression);
        if (step.matches()) {
            int number = Integer.parseInt(step.group(1));
            return MINUTES % number == 0 || number >= MINUTES
                    ? Optional.empty()
                    : Optional.of(
                            "'" + expression + "' begins anew at minute 0 of each hour, as 60 can't be divided by "
                                    + number + ": it does not fire every " + number + " minutes");
        }
        Matcher hour = HOUR_ALONE.matcher(expression);
        return hour.matches()
                ? Optional.of("'" + expression + "' fires each minute of hour " + hour.group(1) + "; did you mean '0 "
                        + hour.group(1) + hour.group(2) + "' (once, at its beginning)?")
                : Optional.empty();
    }
}
