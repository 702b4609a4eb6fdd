package io.margay.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Shows the newest log records, and those to come. */
final class LogsCommand extends Command {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    LogsCommand() {
        super("logs", "Show the newest log records.", "margay logs -f --workload function:alarm --level warn");
    }

    @Override
    void define(CommandSpec spec) {
        spec.addOption(flagSpec("Go on with those that come, until Ctrl-C.", "-f", "--follow"));
        spec.addOption(optionSpec("WORKLOAD", "Of this one only: driver:NAME or function:NAME.", "--workload"));
        spec.addOption(optionSpec("LEVEL", "This or graver: trace, debug, info, warn, error.", "--level"));
        spec.addOption(optionSpec("N", "How many at most (default: 50).", "-n", "--lines"));
    }

    @Override
    int run(Call call) throws CliException {
        long lines = call.number("--lines", 50, 0);
        boolean follow = call.flag("--follow");
        String path = "/logs"
                + Client.query(List.of(
                        "workload", call.option("--workload", ""),
                        "level", call.option("--level", ""),
                        "limit", Long.toString(lines),
                        "follow", follow ? "true" : ""));
        if (follow) {
            return follow(call, path);
        }
        Map<String, Object> answer = call.client().get(path);
        if (call.json()) {
            call.terminal().line(Json.text(answer));
        } else {
            Json.maps(answer.get("records")).forEach(entry -> call.terminal().line(line(call.terminal(), entry)));
        }
        return ExitCode.OK;
    }

    private static int follow(Call call, String path) throws CliException {
        Terminal terminal = call.terminal();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(call.client().stream(path), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isEmpty()) {
                    terminal.line(call.json() ? line : line(terminal, Json.map(Json.read(line))));
                }
                if (terminal.out().checkError()) {
                    // Who read us has gone, such as head.
                    return ExitCode.OK;
                }
            }
        } catch (IOException e) {
            throw new CliException(ExitCode.NO_GATEWAY, "The gateway has gone: " + e.getMessage());
        }
        throw new CliException(ExitCode.NO_GATEWAY, "The gateway has ended.");
    }

    static String line(Terminal terminal, Map<String, Object> entry) {
        if (entry.containsKey("dropped")) {
            return terminal.styled(
                    Terminal.Style.YELLOW, "… " + Json.number(entry, "dropped") + " records came too fast to show");
        }
        String level = Json.string(entry, "level").toUpperCase(Locale.ROOT);
        Terminal.Style style =
                switch (level) {
                    case "ERROR" -> Terminal.Style.RED;
                    case "WARN" -> Terminal.Style.YELLOW;
                    case "INFO" -> Terminal.Style.PLAIN;
                    default -> Terminal.Style.DIM;
                };
        String workload = Json.string(entry, "workload");
        String logger = Json.string(entry, "logger");
        String who = workload.isEmpty() ? logger.substring(logger.lastIndexOf('.') + 1) : workload;
        return terminal.styled(Terminal.Style.DIM, time(Json.number(entry, "time"))) + " "
                + terminal.styled(style, level + " ".repeat(Math.max(0, 5 - level.length()))) + " "
                + terminal.styled(Terminal.Style.CYAN, who) + "  " + Json.string(entry, "message");
    }

    static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
    }
}
