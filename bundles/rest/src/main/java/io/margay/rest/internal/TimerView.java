package io.margay.rest.internal;

import io.margay.deployer.Plan;
import io.margay.scheduler.Cron;
import io.margay.scheduler.CronExpressions;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What timers and their firings look like in answers. */
final class TimerView {
    private TimerView() {}

    /** One that is deployed. */
    static Map<String, Object> of(Cron.TimerStatus status) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("function", status.function());
        view.put("name", status.timer().name());
        view.put("cron", status.timer().cron());
        view.put("zone", status.timer().zone().orElse(""));
        view.put("overlap", status.timer().overlap().word());
        view.put("missed", status.timer().missed().word());
        view.put("next", times(status.next()));
        view.put("hint", hint(status.timer().cron()));
        view.put("fired", status.fired());
        view.put("skipped", status.skipped());
        return view;
    }

    /** One that is planned. */
    static Map<String, Object> of(Plan.Firings firings) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("function", firings.function());
        view.put("name", firings.timer().name());
        view.putAll(expression(firings.timer().cron(), firings.next()));
        return view;
    }

    /**
     * One that is kept in an edge instance. Of one that can't fire, {@code error} says why; it is kept all the same.
     *
     * @param timer as it stands in the document
     */
    static Map<String, Object> of(String function, Map<String, Object> timer) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("function", function);
        view.put("name", timer.get("name"));
        String cron = String.valueOf(timer.get("cron"));
        Optional<String> zone = Optional.ofNullable(timer.get("zone")).map(String::valueOf);
        try {
            view.putAll(expression(cron, zone));
        } catch (IllegalArgumentException e) {
            view.put("cron", cron);
            view.put("zone", zone.orElse(""));
            view.put("next", List.of());
            view.put("hint", "");
            view.put("error", e.getMessage());
        }
        return view;
    }

    /**
     * An expression, as it fires from now on.
     *
     * @param zone empty for the gateway's own
     * @throws IllegalArgumentException as {@link CronExpressions#check}
     */
    static Map<String, Object> expression(String cron, Optional<String> zone) {
        List<ZonedDateTime> next = CronExpressions.upcoming(cron, zone, Instant.now(), CronExpressions.SHOWN);
        return expression(cron, next);
    }

    private static Map<String, Object> expression(String cron, List<ZonedDateTime> next) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("cron", cron);
        view.put("zone", next.get(0).getZone().getId());
        view.put("next", times(next));
        view.put("hint", hint(cron));
        return view;
    }

    private static String hint(String cron) {
        return CronExpressions.hint(cron).orElse("");
    }

    /** In the timer's own zone, as its expression means them. */
    private static List<String> times(List<ZonedDateTime> times) {
        return times.stream()
                .map(time ->
                        time.truncatedTo(ChronoUnit.SECONDS).toOffsetDateTime().toString())
                .toList();
    }
}
