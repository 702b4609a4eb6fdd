package io.margay.scheduler;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Cron expressions: five fields, as cron has them. */
public final class CronExpressions {
    private static final CronDefinition UNIX = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);

    private CronExpressions() {}

    /**
     * Checks an expression.
     *
     * @param zone a time zone's name, empty for the gateway's own
     * @throws IllegalArgumentException it is no cron expression, it never fires, or there is no such time zone
     */
    public static void check(String cron, Optional<String> zone) {
        if (next(cron, zone, ZonedDateTime.now(zone(zone)), 1).isEmpty()) {
            throw new IllegalArgumentException(
                    "cron expression '" + cron + "' never fires: no date has such a day and month");
        }
    }

    /** The next firings after a time, in its own zone or the given one; fewer than asked where there are no more. */
    public static List<ZonedDateTime> next(String cron, Optional<String> zone, ZonedDateTime after, int count) {
        ExecutionTime times = parse(cron);
        List<ZonedDateTime> firings = new ArrayList<>();
        ZonedDateTime at = after.withZoneSameInstant(zone(zone));
        while (firings.size() < count) {
            Optional<ZonedDateTime> next = times.nextExecution(at);
            if (next.isEmpty()) {
                break;
            }
            at = next.get();
            firings.add(at);
        }
        return firings;
    }

    static ExecutionTime parse(String cron) {
        try {
            return ExecutionTime.forCron(new CronParser(UNIX).parse(cron).validate());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + cron + "' is no cron expression: " + e.getMessage()
                            + "; write five fields: minute hour day-of-month month day-of-week",
                    e);
        }
    }

    static ZoneId zone(Optional<String> zone) {
        try {
            return zone.map(ZoneId::of).orElseGet(ZoneId::systemDefault);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "there is no time zone '" + zone.orElse("") + "'; write one such as Europe/Berlin", e);
        }
    }
}
