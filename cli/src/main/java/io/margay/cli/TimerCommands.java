package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on timers. */
final class TimerCommands {
    private TimerCommands() {}

    static List<Command> all() {
        return List.of(new ListTimers(), new Preview());
    }

    private static final class ListTimers extends Command {
        ListTimers() {
            super("list", "List the timers, when they fire next and how often they did.", "margay timer list");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get("/timers");
            List<Map<String, Object>> timers = Json.maps(answer.get("timers"));
            if (call.json()) {
                call.terminal().line(Json.text(answer));
            } else if (timers.isEmpty()) {
                call.terminal().line("No timers yet; give a function some in a file and run: margay apply -f FILE");
            } else {
                List<List<String>> rows = new ArrayList<>();
                for (Map<String, Object> timer : timers) {
                    rows.add(List.of(
                            Json.string(timer, "function") + "/" + Json.string(timer, "name"),
                            Json.string(timer, "cron"),
                            Json.string(timer, "zone"),
                            TimerText.first(timer),
                            Json.string(timer, "fired"),
                            Json.string(timer, "skipped")));
                }
                call.terminal().table(List.of("TIMER", "CRON", "ZONE", "NEXT", "FIRED", "SKIPPED"), rows);
            }
            return ExitCode.OK;
        }
    }

    private static final class Preview extends Command {
        Preview() {
            super(
                    "preview",
                    "Show when a cron expression fires next.",
                    "margay timer preview '30 * * * *' --zone Europe/Berlin");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(
                    parameterSpec(0, "CRON", "Five fields in quotes: minute hour day-of-month month day-of-week."));
            spec.addOption(optionSpec("ZONE", "A time zone such as Europe/Berlin (default: the gateway's).", "--zone"));
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client()
                    .get("/timers/preview"
                            + Client.query(List.of("cron", call.parameter(0), "zone", call.option("--zone", ""))));
            Terminal terminal = call.terminal();
            if (call.json()) {
                terminal.line(Json.text(answer));
                return ExitCode.OK;
            }
            terminal.line(TimerText.firings(Json.string(answer, "cron"), answer));
            String hint = Json.string(answer, "hint");
            if (!hint.isEmpty()) {
                terminal.line(PlanText.advice(terminal, Text.printable(hint)));
            }
            return ExitCode.OK;
        }
    }
}
