package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a plan says besides its steps, for people. */
final class PlanText {
    private static final int KB = 1024;
    /** More than fit a screen. */
    private static final int MOST = 20;

    /** What has become of a plan. */
    enum Stage {
        /** Nothing of it is done yet. */
        PLANNED("--json"),
        /** It is done, as somebody wrote it. */
        DONE(TimerText.RUNNING),
        /** It is done, and was so before: nobody wrote anything. */
        AGAIN(TimerText.RUNNING);

        /** The option or command that shows all timers and their hints. */
        private final String all;

        Stage(String all) {
            this.all = all;
        }
    }

    private PlanText() {}

    /**
     * Prints the first of many lines, and how many more there are.
     *
     * @param all the option or command that shows all of them
     */
    static void most(Terminal terminal, List<String> lines, String noun, String all) {
        lines.stream().limit(MOST).forEach(terminal::line);
        if (lines.size() > MOST) {
            terminal.line("  and " + Text.count(lines.size() - MOST, "more " + noun) + " (all of them: " + all + ")");
        }
    }

    /** When timers fire next; as long as nothing is done, also workloads that do not go on, and what it takes. */
    static void outlook(Terminal terminal, Map<String, Object> plan, Stage stage) {
        if (stage != Stage.AGAIN) {
            TimerText.print(terminal, Json.maps(plan.get("timers")), stage.all);
        }
        if (stage == Stage.PLANNED) {
            cost(terminal, plan);
        }
    }

    private static void cost(Terminal terminal, Map<String, Object> plan) {
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
    static void warnings(Terminal terminal, Map<String, Object> plan, Stage stage) {
        warnings(terminal, plan, stage.all);
    }

    /** @param all the option or command that shows all hints */
    static void warnings(Terminal terminal, Map<String, Object> plan, String all) {
        for (Map<String, Object> finding : findings(plan, "warning")) {
            terminal.line(terminal.styled(Terminal.Style.YELLOW, "warning") + "  " + text(finding));
        }
        List<String> advice = findings(plan, "advice").stream()
                .map(finding -> advice(terminal, text(finding)))
                .toList();
        most(terminal, advice, "hint", all);
    }

    /** A line. */
    static String advice(Terminal terminal, String text) {
        return terminal.styled(Terminal.Style.CYAN, "advice") + "  " + text;
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
