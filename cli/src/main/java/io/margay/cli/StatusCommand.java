package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Shows how the gateway and its workloads are. */
final class StatusCommand extends Command {
    /** The gateway keeps what is wrong, and what to do, within so many characters; what follows is said elsewhere too. */
    private static final int REASON = 120;

    private static final int STUCK_THREADS = 5;
    private static final int STUCK_FRAMES = 8;

    StatusCommand() {
        super("status", "Show how the gateway and its workloads are.", "margay status");
    }

    @Override
    void define(CommandSpec spec) {
        // Nothing beside the common options.
    }

    @Override
    int run(Call call) throws CliException {
        Client client = call.client();
        Map<String, Object> status = client.get("/status");
        if (call.json()) {
            call.terminal().line(Json.text(status));
            return ExitCode.OK;
        }
        Terminal terminal = call.terminal();
        Map<String, Object> memory = Json.map(status.get("memory"));
        Map<String, Object> counts = Json.map(status.get("counts"));
        terminal.line(terminal.styled(Terminal.Style.BOLD, "Margay " + Json.string(status, "version")) + " runs "
                + Json.string(status, "instance") + " since "
                + Text.duration(Json.number(status, "uptimeSeconds")) + " (process " + Json.number(status, "pid")
                + ", Java " + Json.string(status, "java") + ")");
        terminal.line("  gateway   " + Json.string(status, "gateway"));
        terminal.line("  console   " + client.gateway().url() + "/system/console");
        terminal.line("  memory    " + Text.megabytes(Json.number(memory, "rssBytes")) + ", of it heap "
                + Text.megabytes(Json.number(memory, "heapUsedBytes")) + " of "
                + Text.megabytes(Json.number(memory, "heapMaxBytes")));
        terminal.line("  devices   " + Json.number(counts, "devicesOnline") + " of " + Json.number(counts, "devices")
                + " on line, " + Text.count(Json.number(counts, "reportsAccepted"), "report") + ", "
                + Json.number(counts, "reportsRefused") + " refused");
        terminal.line("  messages  " + Json.number(counts, "messagesForwarded") + " forwarded over "
                + Text.count(Json.number(counts, "routes"), "route") + ", " + Json.number(counts, "messagesDropped")
                + " dropped");
        terminal.line("  calls     " + Json.number(counts, "callsSucceeded") + " succeeded, "
                + Json.number(counts, "callsFailed") + " failed");
        if (status.containsKey("containerEngine")) {
            terminal.line("  container engine   " + engine(Json.map(status.get("containerEngine"))));
        }
        List<Map<String, Object>> workloads = Json.maps(status.get("workloads"));
        terminal.line("");
        if (workloads.isEmpty()) {
            terminal.line(
                    Json.number(counts, "devices") > 0
                            ? "The drivers and functions are being started."
                            : "No drivers or functions yet; declare some in a file and run: margay apply -f FILE");
        } else {
            workloads(terminal, workloads);
        }
        return ExitCode.OK;
    }

    /** What it is and where; why there is none. */
    private static String engine(Map<String, Object> engine) {
        String state = Json.string(engine, "state");
        if (state.equals("ready")) {
            return Json.string(engine, "product") + " (" + Json.string(engine, "endpoint") + ")";
        }
        String message = Json.string(engine, "message");
        return message.isEmpty() ? state : state + ": " + message;
    }

    private static void workloads(Terminal terminal, List<Map<String, Object>> workloads) {
        List<List<String>> rows = new ArrayList<>();
        for (Map<String, Object> workload : workloads) {
            long restarts = Json.number(workload, "restarts");
            rows.add(List.of(
                    Json.string(workload, "id"),
                    terminal.state(Json.string(workload, "state")),
                    Text.age(Json.number(workload, "since")),
                    Json.string(workload, "language"),
                    Json.string(workload, "isolation"),
                    Json.string(workload, "version"),
                    workload.containsKey("memoryBytes") ? Text.megabytes(Json.number(workload, "memoryBytes")) : "",
                    workload.containsKey("cpuMillis") ? Text.duration(Json.number(workload, "cpuMillis") / 1000) : "",
                    restarts == 0 ? "" : Long.toString(restarts),
                    Text.brief(reason(workload), REASON)));
        }
        List<String> lines = terminal.tableLines(
                List.of(
                        "WORKLOAD",
                        "STATE",
                        "FOR",
                        "LANGUAGE",
                        "ISOLATION",
                        "VERSION",
                        "MEMORY",
                        "CPU",
                        "RESTARTS",
                        "REASON"),
                rows);
        terminal.line(lines.get(0));
        for (int i = 0; i < workloads.size(); i++) {
            terminal.line(lines.get(i + 1));
            stuck(terminal, workloads.get(i));
        }
    }

    /** The threads that nothing can end, and where they are now. */
    private static void stuck(Terminal terminal, Map<String, Object> workload) {
        List<Map<String, Object>> threads = Json.maps(workload.get("stuck"));
        if (threads.isEmpty()) {
            return;
        }
        for (Map<String, Object> thread : threads.subList(0, Math.min(threads.size(), STUCK_THREADS))) {
            terminal.line("    thread " + Text.printable(Json.string(thread, "thread")) + ", interrupted "
                    + Text.age(Json.number(thread, "since")) + " ago, is now");
            List<?> stack = thread.get("stack") instanceof List<?> list ? list : List.of();
            stack.stream()
                    .limit(STUCK_FRAMES)
                    .forEach(frame -> terminal.line("        at " + Text.printable(String.valueOf(frame))));
            long more = Json.number(thread, "depth") - STUCK_FRAMES;
            if (more > 0) {
                terminal.line("        … " + Text.count(more, "more frame"));
            }
        }
        int more = threads.size() - STUCK_THREADS;
        terminal.line("    " + (more > 0 ? "… " + Text.count(more, "more thread") + "; " : "")
                + "where each was when it was found: margay logs --level warn --workload "
                + Json.string(workload, "id"));
    }

    /** Why it is as it is; where nothing is wrong now, why it was restarted. */
    private static String reason(Map<String, Object> workload) {
        String reason = Json.string(workload, "reason");
        String failure = Json.string(workload, "lastFailure");
        return !reason.isEmpty() || failure.isEmpty() ? reason : "restarted: " + failure;
    }
}
