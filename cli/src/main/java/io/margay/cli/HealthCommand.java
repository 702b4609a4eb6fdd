package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Asks each driver and function whether it works. */
final class HealthCommand extends Command {
    HealthCommand() {
        super(
                "health",
                "Ask each driver and function whether it works; 1 is the exit code when one does not.",
                "margay health");
    }

    @Override
    void define(CommandSpec spec) {
        // Nothing beside the common options.
    }

    @Override
    int run(Call call) throws CliException {
        Map<String, Object> health = call.client().get("/health");
        Terminal terminal = call.terminal();
        List<Map<String, Object>> checks = Json.maps(health.get("checks"));
        if (call.json()) {
            terminal.line(Json.text(health));
        } else if (checks.isEmpty()) {
            terminal.line("No drivers or functions yet; declare some in a file and run: margay apply -f FILE");
        } else {
            List<List<String>> rows = new ArrayList<>();
            for (Map<String, Object> check : checks) {
                String status = Json.string(check, "status");
                rows.add(List.of(
                        Json.string(check, "workload"),
                        terminal.styled(style(status), status),
                        Text.printable(Json.string(check, "message"))));
            }
            terminal.table(List.of("WORKLOAD", "HEALTH", "MESSAGE"), rows);
        }
        return Json.string(health, "status").equals("critical") ? ExitCode.FAILED : ExitCode.OK;
    }

    private static Terminal.Style style(String status) {
        return switch (status) {
            case "ok" -> Terminal.Style.GREEN;
            case "warn" -> Terminal.Style.YELLOW;
            default -> Terminal.Style.RED;
        };
    }
}
