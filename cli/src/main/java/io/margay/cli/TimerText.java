package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** When timers fire, for people. */
final class TimerText {
    private static final int DATE = "2026-01-01".length();
    private static final int MINUTE = "2026-01-01T00:00".length();

    /** Shows all timers that run, with their firings and hints. */
    static final String RUNNING = "margay timer list --json";

    private TimerText() {}

    /** The first of the next firings; {@code never} where there is none. */
    static String first(Map<String, Object> timer) {
        List<String> next = next(timer);
        return next.isEmpty() ? "never" : date(next.get(0)) + " " + time(next.get(0));
    }

    /** {@code 2026-11-22 00:30, 01:30, 02:30 (Europe/Berlin)}: a date is said once. */
    static String all(Map<String, Object> timer) {
        StringBuilder text = new StringBuilder();
        String date = "";
        for (String next : next(timer)) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(date(next).equals(date) ? "" : date(next) + " ")
                    .append(time(next));
            date = date(next);
        }
        return text.append(" (").append(Json.string(timer, "zone")).append(")").toString();
    }

    /** {@code NAME fires next: …}. */
    static String firings(String name, Map<String, Object> timer) {
        return Text.printable(name) + " fires next: " + all(timer);
    }

    private static String name(Map<String, Object> timer) {
        return "timer " + Json.string(timer, "function") + "/" + Json.string(timer, "name");
    }

    /**
     * Prints when timers fire next.
     *
     * @param all the option or command that shows all of them
     */
    static void print(Terminal terminal, List<Map<String, Object>> timers, String all) {
        List<String> lines = timers.stream()
                .filter(timer -> !next(timer).isEmpty())
                .map(timer -> "  " + firings(name(timer), timer))
                .toList();
        PlanText.most(terminal, lines, "timer", all);
    }

    /** Prints when timers fire next, what else may be meant, and why some never fire: where there is no plan that says so. */
    static void printEntered(Terminal terminal, List<Map<String, Object>> timers, String all) {
        print(terminal, timers, all);
        List<Map<String, Object>> findings = new ArrayList<>();
        for (Map<String, Object> timer : timers) {
            boolean fires = !timer.containsKey("error");
            String message = Json.string(timer, fires ? "hint" : "error");
            if (!message.isEmpty()) {
                findings.add(
                        Map.of("severity", fires ? "advice" : "warning", "resource", name(timer), "message", message));
            }
        }
        PlanText.warnings(terminal, Map.of("findings", findings), all);
    }

    private static List<String> next(Map<String, Object> timer) {
        return timer.get("next") instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.toList())
                : List.of();
    }

    private static String date(String time) {
        return time.substring(0, DATE);
    }

    private static String time(String time) {
        return time.substring(DATE + 1, MINUTE);
    }
}
