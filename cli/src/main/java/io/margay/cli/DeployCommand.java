package io.margay.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Makes the gateway what a document says, or shows what would change. */
final class DeployCommand extends Command {
    /** More than fit a screen; the rest mostly has the same cause. */
    private static final int MOST_FAULTS = 20;
    /** So many devices are listed; of more there is just the number, as all of them can be seen with {@code --json}. */
    private static final int MOST_DEVICES = 20;

    private final boolean planOnly;

    DeployCommand(boolean planOnly) {
        super(
                planOnly ? "plan" : "apply",
                planOnly
                        ? "Show what apply would change, and change nothing."
                        : "Make the gateway run what a document says.",
                planOnly ? "margay plan -f boiler.yaml" : "margay apply -f boiler.yaml");
        this.planOnly = planOnly;
    }

    @Override
    void define(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("-f", "--file")
                .paramLabel("FILE")
                .type(String.class)
                .required(true)
                .description("The edge instance, as YAML or JSON.")
                .build());
    }

    @Override
    int run(Call call) throws CliException {
        Document document = Document.read(Path.of(call.option("--file", "")));
        Map<String, Object> plan = send(call.client(), document, planOnly);
        if (call.json()) {
            call.terminal().line(Json.text(plan));
        } else {
            print(call.terminal(), plan, planOnly ? "; make it so with: margay apply -f " + document.name() : " done");
        }
        return ExitCode.OK;
    }

    /** @return the plan: of what would change, or of what has changed */
    static Map<String, Object> send(Client client, Document document, boolean planOnly) throws CliException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("document", document.text());
        body.put("files", new Uploader(client).upload(document));
        try {
            return planOnly ? client.deploy("POST", "/instance/plan", body) : client.deploy("PUT", "/instance", body);
        } catch (CliException e) {
            throw named(document, e);
        }
    }

    /** The gateway's faults as {@code FILE:LINE:COLUMN: path: message}, as editors understand it. */
    private static CliException named(Document document, CliException e) {
        List<String> lines = new ArrayList<>();
        if ("urn:margay:problem:invalid".equals(e.problem().get("type"))) {
            List<Map<String, Object>> errors = Json.maps(e.problem().get("errors"));
            for (Map<String, Object> error : errors) {
                if (lines.size() == MOST_FAULTS) {
                    lines.add("… and " + (errors.size() - MOST_FAULTS) + " or more further faults");
                    break;
                }
                long line = Json.number(error, "line");
                String path = Json.string(error, "path");
                lines.add(document.name()
                        + (line > 0 ? ":" + line + ":" + Json.number(error, "column") : "")
                        + ": "
                        + (path.isEmpty() ? "" : path + ": ")
                        + Json.string(error, "message"));
            }
        }
        return lines.isEmpty() ? e : new CliException(e.exitCode(), String.join("\n", lines), e.problem());
    }

    static void print(Terminal terminal, Map<String, Object> plan, String end) {
        List<Map<String, Object>> steps = Json.maps(plan.get("steps"));
        if (steps.isEmpty()) {
            terminal.line("no changes");
            return;
        }
        int kinds = steps.stream()
                .mapToInt(step -> Json.string(step, "kind").length())
                .max()
                .orElse(0);
        int names = steps.stream()
                .mapToInt(step -> Json.string(step, "name").length())
                .max()
                .orElse(0);
        int actions = steps.stream()
                .mapToInt(step -> Json.string(step, "action").length())
                .max()
                .orElse(0);
        Map<String, Integer> devices = new LinkedHashMap<>();
        for (Map<String, Object> step : steps) {
            String action = Json.string(step, "action");
            if (Json.string(step, "kind").equals("device") && devices.merge(action, 1, Integer::sum) > MOST_DEVICES) {
                continue;
            }
            String line = sign(action) + " "
                    + pad(action, actions) + "  "
                    + pad(Json.string(step, "kind"), kinds) + "  "
                    + pad(Json.string(step, "name"), names);
            terminal.line((terminal.styled(style(action), line) + "  " + Json.string(step, "detail")).stripTrailing());
        }
        devices.forEach((action, count) -> {
            if (count > MOST_DEVICES) {
                terminal.line(terminal.styled(
                        style(action),
                        sign(action) + " " + pad(action, actions) + "  and "
                                + Text.count(count - MOST_DEVICES, "more device") + " (all of them: --json)"));
            }
        });
        terminal.line(Text.count(steps.size(), "change") + end);
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String sign(String action) {
        return switch (action) {
            case "add", "install" -> "+";
            case "remove" -> "-";
            default -> "~";
        };
    }

    private static Terminal.Style style(String action) {
        return switch (sign(action)) {
            case "+" -> Terminal.Style.GREEN;
            case "-" -> Terminal.Style.RED;
            default -> Terminal.Style.YELLOW;
        };
    }
}
