package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a plan says besides its steps, for people. */
final class PlanText {
    private static final int KB = 1024;
    /** More than fit a screen; all of them can be seen with {@code --json}. */
    private static final int MOST_TIMERS = 20;

    private PlanText() {}

    /** When timers would fire, workloads that do not go on, and what it takes. */
    static void outlook(Terminal terminal, Map<String, Object> plan) {
        List<Map<String, Object>> timers = Json.maps(plan.get("timers"));
        for (Map<String, Object> timer : timers.subList(0, Math.min(MOST_TIMERS, timers.size()))) {
            terminal.line("  timer " + Json.string(timer, "function") + "/" + Json.string(timer, "name")
                    + " fires next: " + TimerText.all(timer));
        }
        if (timers.size() > MOST_TIMERS) {
            terminal.line("  and " + Text.count(timers.size() - MOST_TIMERS, "more timer") + " (all of them: --json)");
        }
        for (Map<String, Object> restart : Json.maps(plan.get("restarts"))) {
            long gap = Json.number(restart, "longestGapMillis");
            if (gap > 0) {
                boolean exclusive = Json.string(restart, "how").equals("exclusive");
                terminal.line("  " + Json.string(restart, "kind") + " " + Json.string(restart, "name")
                        + (exclusive ? " lets go before the new one starts" : " is stopped and started")
                        + ": calls wait, for " + Text.duration(gap / 1000) + " at most");
            }
        }
        Map<String, Object> needs = Json.map(plan.get("needs"));
        long disk = Json.number(needs, "diskBytes");
        if (disk > 0) {
            long machine = Json.number(needs, "machineMegabytes");
            terminal.line("  needs " + size(disk) + " on disk ("
                    + size(Json.number(needs, "diskFreeBytes")) + " are free); outside the JVM up to "
                    + Json.number(needs, "memoryMegabytes") + " MB of memory"
                    + (machine > 0 ? " (the machine has " + machine + " MB)" : ""));
        }
    }

    private static String size(long bytes) {
        if (bytes < KB * KB) {
            return (bytes + KB - 1) / KB + " KB";
        }
        double megabytes = bytes / (double) (KB * KB);
        return megabytes < KB
                ? String.format(Locale.ROOT, "%.1f MB", megabytes)
                : String.format(Locale.ROOT, "%.1f GB", megabytes / KB);
    }

    /** What somebody should know, or may have meant otherwise. */
    static void warnings(Terminal terminal, Map<String, Object> plan) {
        for (Map<String, Object> finding : findings(plan, "warning")) {
            terminal.line(terminal.styled(Terminal.Style.YELLOW, "warning") + "  " + text(finding));
        }
        List<Map<String, Object>> advice = findings(plan, "advice");
        for (Map<String, Object> finding : advice.subList(0, Math.min(MOST_TIMERS, advice.size()))) {
            terminal.line(terminal.styled(Terminal.Style.CYAN, "advice") + "  " + text(finding));
        }
    }

    private static List<Map<String, Object>> findings(Map<String, Object> plan, String severity) {
        return Json.maps(plan.get("findings")).stream()
                .filter(finding -> Json.string(finding, "severity").equals(severity))
                .toList();
    }

    private static String text(Map<String, Object> finding) {
        String resource = Json.string(finding, "resource");
        return (resource.isEmpty() ? "" : resource + ": ") + Text.printable(Json.string(finding, "message"));
    }

    /**
     * What must be put right first.
     *
     * @param name of the document, which each line begins with
     */
    static List<String> errors(String name, Map<String, Object> plan) {
        List<String> lines = new ArrayList<>();
        for (Map<String, Object> finding : findings(plan, "error")) {
            lines.add(fault(name, finding));
        }
        return lines;
    }

    /** {@code FILE:LINE:COLUMN: path: message}, as editors understand it. */
    static String fault(String name, Map<String, Object> fault) {
        long line = Json.number(fault, "line");
        String path = Json.string(fault, "path");
        return name
                + (line > 0 ? ":" + line + ":" + Json.number(fault, "column") : "")
                + ": "
                + (path.isEmpty() ? "" : path + ": ")
                + Json.string(fault, "message");
    }
}
