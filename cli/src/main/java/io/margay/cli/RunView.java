package io.margay.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a running project says: lines for people, or one JSON object a line. Thread-safe. */
final class RunView {
    private final Terminal terminal;
    private final boolean json;

    RunView(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.json = json;
    }

    void begins(Project project) {
        say("begins", "running " + names(project) + " from " + project.folder() + "; Ctrl-C ends it", Map.of());
    }

    private static String names(Project project) {
        return String.join(", ", project.workloads());
    }

    /** @param timers that are new or changed */
    synchronized void deployed(boolean again, long millis, List<Map<String, Object>> timers) {
        String event = again ? "reloaded" : "deployed";
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("millis", millis);
        more.put("timers", timers);
        say(event, terminal.styled(Terminal.Style.GREEN, event) + " in " + millis + " ms", more);
        if (!json) {
            TimerText.printEntered(terminal, timers, TimerText.RUNNING);
            terminal.out().flush();
        }
    }

    /** @param present whether something runs that goes on */
    void failed(String message, boolean present) {
        String what = present ? "not reloaded; what ran before goes on" : "not deployed; save a change to try again";
        say(
                "failed",
                terminal.styled(Terminal.Style.RED, message) + "\n" + what,
                Map.of("message", message, "present", present));
    }

    void ended(String what) {
        say("ended", what, Map.of());
    }

    void notEnded(CliException why) {
        say("left", "It could not be removed again: " + why.getMessage(), Map.of("message", why.getMessage()));
    }

    /** @param line a record of the log, in JSON */
    void log(String line, Map<String, Object> entry) {
        print(json ? line : LogsCommand.line(terminal, entry));
    }

    private void say(String event, String text, Map<String, ?> more) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("event", event);
        object.putAll(more);
        print(json ? Json.text(object) : text);
    }

    private synchronized void print(String line) {
        terminal.line(line);
        terminal.out().flush();
    }
}
