package io.margay.cli;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** When timers fire, for people. */
final class TimerText {
    private static final int DATE = "2026-01-01".length();
    private static final int MINUTE = "2026-01-01T00:00".length();

    private TimerText() {}

    /** Asks the gateway what an expression would do. */
    static Map<String, Object> ask(Client client, String cron, String zone) throws CliException {
        return client.get("/timers/preview" + Client.query(List.of("cron", cron, "zone", zone)));
    }

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

    /**
     * Prints the next firings and the hint.
     *
     * @param name what the line begins with
     */
    static void print(Terminal terminal, String name, Map<String, Object> timer) {
        terminal.line(Text.printable(name) + " fires next: " + all(timer));
        String hint = Json.string(timer, "hint");
        if (!hint.isEmpty()) {
            terminal.line(terminal.styled(Terminal.Style.CYAN, "advice") + "  " + Text.printable(hint));
        }
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
