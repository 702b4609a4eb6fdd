package io.margay.cli;

import io.margay.model.WorkloadId.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on drivers. */
final class DriverCommands {
    private DriverCommands() {}

    static List<Command> all() {
        return List.of(
                new ListAll(),
                new WorkloadCommands.Install(Kind.DRIVER),
                new WorkloadCommands.Update(Kind.DRIVER),
                new WorkloadCommands.Remove(Kind.DRIVER),
                new NewCommand(Kind.DRIVER),
                new RunCommand(Kind.DRIVER));
    }

    private static final class ListAll extends Command {
        ListAll() {
            super("list", "List the drivers.", "margay driver list");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get("/drivers");
            Terminal terminal = call.terminal();
            List<Map<String, Object>> drivers = Json.maps(answer.get("drivers"));
            if (call.json()) {
                terminal.line(Json.text(answer));
            } else if (drivers.isEmpty()) {
                terminal.line("No drivers yet; install one with: margay driver install NAME FILE");
            } else {
                List<List<String>> rows = new ArrayList<>();
                for (Map<String, Object> driver : drivers) {
                    rows.add(List.of(
                            Json.string(driver, "name"),
                            terminal.state(Json.string(driver, "state")),
                            Json.number(driver, "devicesOnline") + "/" + Json.number(driver, "devices"),
                            Json.string(driver, "language"),
                            Json.string(driver, "isolation"),
                            Json.string(driver, "version"),
                            Json.string(driver, "code"),
                            Text.brief(Json.string(driver, "reason"), 80)));
                }
                terminal.table(
                        List.of("DRIVER", "STATE", "ON LINE", "LANGUAGE", "ISOLATION", "VERSION", "CODE", "REASON"),
                        rows);
            }
            return ExitCode.OK;
        }
    }
}
