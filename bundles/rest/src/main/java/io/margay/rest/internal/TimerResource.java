package io.margay.rest.internal;

import io.margay.scheduler.Cron;
import java.io.IOException;
import java.util.Map;

/** Timers, and what an expression would do. */
final class TimerResource {
    private static final int LONGEST = 500;

    private final Cron cron;

    TimerResource(Cron cron) {
        this.cron = cron;
    }

    void addTo(Router router) {
        router.add(
                        "GET",
                        "/timers",
                        x -> x.json(
                                200,
                                Map.of(
                                        "timers",
                                        cron.list().stream().map(TimerView::of).toList())))
                .add("GET", "/timers/preview", TimerResource::preview, "cron", "zone");
    }

    private static void preview(Exchange exchange) throws IOException {
        String expression = exchange.query("cron").orElseThrow(() -> Problem.badRequest(
                        "which expression? Write ?cron= and five fields: minute hour day-of-month month day-of-week")
                .exception());
        if (expression.length() > LONGEST) {
            throw Problem.badRequest("?cron= is longer than " + LONGEST + " characters, which no expression needs")
                    .exception();
        }
        Map<String, Object> view;
        try {
            view = TimerView.expression(expression, exchange.query("zone"));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(e.getMessage()).exception();
        }
        exchange.json(200, view);
    }
}
