package io.margay.rest.internal;

import io.margay.deployer.Plan;
import io.margay.scheduler.Cron;
import io.margay.scheduler.CronExpressions;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
        view.put("fired", status.fired());
        view.put("skipped", status.skipped());
        return view;
    }

    /** One that is planned. */
    static Map<String, Object> of(Plan.Firings firings) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("function", firings.function());
        view.put("name", firings.timer().name());
        view.putAll(expression(
                firings.timer().cron(), firings.next().get(0).getZone().getId(), firings.next()));
        return view;
    }

    /**
     * An expression.
     *
     * @param zone in which it is read
     */
    static Map<String, Object> expression(String cron, String zone, List<ZonedDateTime> next) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("cron", cron);
        view.put("zone", zone);
        view.put("next", times(next));
        view.put("hint", CronExpressions.hint(cron).orElse(""));
        return view;
    }

    /** In the timer's own zone, as its expression means them. */
    private static List<String> times(List<ZonedDateTime> times) {
        return times.stream()
                .map(time ->
                        time.truncatedTo(ChronoUnit.SECONDS).toOffsetDateTime().toString())
                .toList();
    }
}
