package io.margay.scheduler;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * When a cron expression fires in a time zone. Where daylight saving time begins or ends it does as Debian's cron: an
 * expression whose minute or hour begins with {@code *} follows the clock's hands; any other one means fixed times, of
 * which one in the hour that is left out fires when that hour would begin, and one in the hour that comes twice fires in
 * the first of the two. Immutable.
 */
public final class CronSchedule {
    private static final CronParser PARSER = new CronParser(definition());

    private final ExecutionTime times;
    private final ZoneId zone;
    private final boolean fixed;

    private CronSchedule(ExecutionTime times, ZoneId zone, boolean fixed) {
        this.times = times;
        this.zone = zone;
        this.fixed = fixed;
    }

    private static CronDefinition definition() {
        return CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
    }

    /**
     * Reads an expression.
     *
     * @param zone a time zone's name, empty for the gateway's own
     * @throws IllegalArgumentException it is no cron expression, or there is no such time zone
     */
    public static CronSchedule of(String cron, Optional<String> zone) {
        ExecutionTime times;
        try {
            times = ExecutionTime.forCron(PARSER.parse(cron).validate());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + cron + "' is no cron expression: " + e.getMessage()
                            + "; write five fields: minute hour day-of-month month day-of-week",
                    e);
        }
        String[] fields = cron.strip().split("\\s+");
        return new CronSchedule(times, zone(zone), !fields[0].startsWith("*") && !fields[1].startsWith("*"));
    }

    private static ZoneId zone(Optional<String> zone) {
        try {
            return zone.map(ZoneId::of).orElseGet(ZoneId::systemDefault);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "there is no time zone '" + zone.orElse("") + "'; write one such as Europe/Berlin", e);
        }
    }

    public ZoneId zone() {
        return zone;
    }

    /** Whether it means fixed times of the day, as neither its minute nor its hour begins with {@code *}. */
    public boolean fixed() {
        return fixed;
    }

    /** The first firing after a time, in the schedule's zone; empty where there is none any more. */
    public Optional<ZonedDateTime> next(Instant after) {
        ZoneRules rules = zone.getRules();
        Optional<Instant> next = rules.isFixedOffset()
                ? local(LocalDateTime.ofInstant(after, zone)).map(at -> at.toInstant(rules.getOffset(after)))
                : fixed ? nextFixed(after, rules) : nextByTheHands(after, rules);
        return next.map(at -> at.atZone(zone));
    }

    /** The next firings after a time; fewer than asked for where there are no more. */
    public List<ZonedDateTime> next(Instant after, int count) {
        List<ZonedDateTime> firings = new ArrayList<>();
        Optional<ZonedDateTime> next = next(after);
        while (next.isPresent() && firings.size() < count) {
            firings.add(next.get());
            next = firings.size() < count ? next(next.get().toInstant()) : next;
        }
        return firings;
    }

    /** The last firing that is later than {@code after} and not later than {@code until}; empty where there is none. */
    public Optional<Instant> last(Instant after, Instant until) {
        Optional<Instant> found = next(after).map(ZonedDateTime::toInstant).filter(first -> !first.isAfter(until));
        if (found.isEmpty()) {
            return found;
        }
        // Halved rather than counted up: decades of minutes may lie between.
        Instant low = found.get();
        Instant high = until;
        while (Duration.between(low, high).compareTo(Duration.ofSeconds(1)) > 0) {
            Instant middle = low.plus(Duration.between(low, high).dividedBy(2));
            Optional<Instant> next = next(middle).map(ZonedDateTime::toInstant).filter(at -> !at.isAfter(until));
            if (next.isPresent()) {
                found = next;
                low = next.get();
            } else {
                high = middle;
            }
        }
        return found;
    }

    /** The next time that a clock without daylight saving time shows. */
    private Optional<LocalDateTime> local(LocalDateTime after) {
        return times.nextExecution(after.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toLocalDateTime);
    }

    private Optional<Instant> nextFixed(Instant after, ZoneRules rules) {
        Optional<LocalDateTime> at = local(LocalDateTime.ofInstant(after, zone));
        while (at.isPresent()) {
            ZoneOffsetTransition transition = rules.getTransition(at.get());
            Instant instant = transition != null && transition.isGap()
                    ? transition.getInstant()
                    : at.get().toInstant(rules.getOffset(at.get()));
            if (instant.isAfter(after)) {
                return Optional.of(instant);
            }
            at = local(at.get());
        }
        return Optional.empty();
    }

    /** From one change of the zone's offset to the next the clock's hands go evenly. */
    private Optional<Instant> nextByTheHands(Instant after, ZoneRules rules) {
        ZoneOffset offset = rules.getOffset(after);
        Optional<LocalDateTime> at = local(LocalDateTime.ofInstant(after, offset));
        ZoneOffsetTransition change = rules.nextTransition(after);
        while (at.isPresent() && change != null && !at.get().toInstant(offset).isBefore(change.getInstant())) {
            offset = change.getOffsetAfter();
            at = local(change.getDateTimeAfter().minusSeconds(1));
            change = rules.nextTransition(change.getInstant());
        }
        ZoneOffset last = offset;
        return at.map(time -> time.toInstant(last));
    }
}
