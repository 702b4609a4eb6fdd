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
        spec.addOption(fileSpec().required(!planOnly).build());
        if (planOnly) {
            spec.addPositional(optionalSpec(
                    0, "NAME", "An edge instance that the gateway keeps (default: the one that it is bound to)."));
        } else {
            spec.addOption(soakSpec());
        }
    }

    static OptionSpec.Builder fileSpec() {
        return OptionSpec.builder("-f", "--file")
                .paramLabel("FILE")
                .type(String.class)
                .description("The edge instance, as YAML or JSON.");
    }

    /** Of commands that deploy. */
    static OptionSpec soakSpec() {
        return optionSpec(
                "TIME",
                "How long changed drivers and functions must work before it counts, such as 5s; 0s to ask them just once.",
                "--soak");
    }

    static String soak(Call call) {
        return Client.query(List.of("soak", call.option("--soak", "")));
    }

    @Override
    int run(Call call) throws CliException {
        String file = call.option("--file", null);
        if (planOnly && file != null && call.optional(0).isPresent()) {
            throw new CliException(ExitCode.BAD_INPUT, "Name an edge instance or a FILE, not both.");
        } else if (file == null) {
            Client client = call.client();
            String name = DeployInstanceCommand.name(call, client);
            Map<String, Object> plan = DeployInstanceCommand.plan(client, name);
            String advice = "margay deploy " + name + " --plan " + Json.string(plan, "id");
            return planned(call, name, plan, advice);
        }
        Document document = Document.read(Path.of(file));
        Map<String, Object> plan =
                send(call.client(), Progress.of(call), document, planOnly ? "" : soak(call), planOnly);
        if (planOnly) {
            return planned(call, document.name(), plan, "margay apply -f " + document.name());
        }
        if (call.json()) {
            call.terminal().line(Json.text(plan));
        } else {
            print(call.terminal(), plan, PlanText.Stage.DONE, " done");
        }
        return ExitCode.OK;
    }

    /** Prints a plan; one that can't be done so is bad input, whose faults go to standard error. */
    private static int planned(Call call, String name, Map<String, Object> plan, String advice) {
        List<String> errors = PlanText.errors(name, plan);
        Terminal terminal = call.terminal();
        if (call.json()) {
            terminal.line(Json.text(plan));
        } else {
            print(terminal, plan, PlanText.Stage.PLANNED, errors.isEmpty() ? "; make it so with: " + advice : "");
            terminal.out().flush();
            most(errors).forEach(error -> terminal.err().print(error + "\n"));
        }
        return errors.isEmpty() ? ExitCode.OK : ExitCode.BAD_INPUT;
    }

    private static List<String> most(List<String> faults) {
        if (faults.size() <= MOST_FAULTS) {
            return faults;
        }
        List<String> most = new ArrayList<>(faults.subList(0, MOST_FAULTS));
        most.add("… and " + (faults.size() - MOST_FAULTS) + " or more further faults");
        return most;
    }

    /**
     * @param query of a deployment: {@link #soak}
     * @return the plan: of what would change, or of what has changed
     */
    static Map<String, Object> send(Client client, Progress progress, Document document, String query, boolean planOnly)
            throws CliException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("document", document.text());
        body.put("files", new Uploader(client, progress).upload(document));
        try {
            return planOnly
                    ? client.deploy("POST", "/instance/plan", body)
                    : DeploymentProgress.deploy(client, progress, "PUT", "/instance" + query, body);
        } catch (CliException e) {
            throw named(document.name(), e);
        }
    }

    /** The gateway's faults as {@code FILE:LINE:COLUMN: path: message}, as editors understand it. */
    static CliException named(String name, CliException e) {
        if (!"urn:margay:problem:invalid".equals(e.problem().get("type"))) {
            return e;
        }
        List<String> lines = Json.maps(e.problem().get("errors")).stream()
                .map(error -> PlanText.fault(name, error))
                .toList();
        return lines.isEmpty() ? e : new CliException(e.exitCode(), String.join("\n", most(lines)), e.problem());
    }

    static void print(Terminal terminal, Map<String, Object> plan, PlanText.Stage stage, String end) {
        List<Map<String, Object>> steps = Json.maps(plan.get("steps"));
        if (steps.isEmpty()) {
            terminal.line("no changes");
            PlanText.warnings(terminal, plan, stage);
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
        PlanText.outlook(terminal, plan, stage);
        PlanText.warnings(terminal, plan, stage);
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
