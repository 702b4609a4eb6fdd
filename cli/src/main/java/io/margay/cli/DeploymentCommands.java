package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on what was deployed. */
final class DeploymentCommands {
    private static final int POLL_MILLIS = 250;

    private DeploymentCommands() {}

    static List<Command> all() {
        return List.of(new ListAll(), new Show(), new Log(), new Feature(), new RollBack());
    }

    private static String path(Call call) throws CliException {
        return "/deployments/" + Client.segment(call.parameter(0));
    }

    /** {@code FAILED_ROLLED_BACK} as people read it. */
    private static String words(String outcome) {
        return outcome.toLowerCase(Locale.ROOT).replaceFirst("_", ", ").replace('_', ' ');
    }

    private static String outcome(Terminal terminal, Map<String, Object> deployment) {
        String outcome = Json.string(deployment, "outcome");
        Terminal.Style style =
                switch (outcome) {
                    case "SUCCEEDED" -> Terminal.Style.GREEN;
                    case "RUNNING" -> Terminal.Style.YELLOW;
                    default -> Terminal.Style.RED;
                };
        return terminal.styled(style, words(outcome));
    }

    private static String took(Map<String, Object> deployment) {
        if (!deployment.containsKey("ended")) {
            return "";
        }
        long millis = Json.number(deployment, "ended") - Json.number(deployment, "started");
        return millis < 10_000 ? String.format(Locale.ROOT, "%.1f s", millis / 1000.0) : Text.duration(millis / 1000);
    }

    private static String line(Terminal terminal, Map<String, Object> entry) {
        String resource = Json.string(entry, "resource");
        String message = Json.string(entry, "message");
        return terminal.styled(Terminal.Style.DIM, LogsCommand.time(Json.number(entry, "time"))) + " "
                + Json.string(entry, "stage") + "  "
                + (resource.isEmpty() ? "" : terminal.styled(Terminal.Style.CYAN, resource) + "  ")
                + (Json.string(entry, "level").equals("error")
                        ? terminal.styled(Terminal.Style.RED, Text.printable(message))
                        : Text.printable(message));
    }

    private static final class Feature extends Command {
        Feature() {
            super(
                    "feature",
                    "Print what was deployed as it is kept: an OSGi Feature, in JSON.",
                    "margay deployment feature 3");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NUMBER", "The deployment's number."));
        }

        @Override
        int run(Call call) throws CliException {
            call.terminal().line(Json.text(call.client().get(path(call) + "/feature")));
            return ExitCode.OK;
        }
    }

    private static final class ListAll extends Command {
        ListAll() {
            super("list", "List the last deployments and how they ended.", "margay deployment list");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get("/deployments");
            Terminal terminal = call.terminal();
            List<Map<String, Object>> deployments = Json.maps(answer.get("deployments"));
            if (call.json()) {
                terminal.line(Json.text(answer));
            } else if (deployments.isEmpty()) {
                terminal.line("Nothing was deployed yet; make one with: margay apply -f FILE");
            } else {
                List<List<String>> rows = new ArrayList<>();
                for (Map<String, Object> deployment : deployments) {
                    rows.add(List.of(
                            Json.string(deployment, "number"),
                            outcome(terminal, deployment),
                            Json.string(deployment, "instance"),
                            Json.string(deployment, "steps"),
                            Text.age(Json.number(deployment, "started")),
                            took(deployment),
                            Text.brief(Json.string(deployment, "reason"), 80)));
                }
                terminal.table(List.of("DEPLOYMENT", "OUTCOME", "INSTANCE", "CHANGES", "AGE", "TOOK", "REASON"), rows);
            }
            return ExitCode.OK;
        }
    }

    private static final class Show extends Command {
        Show() {
            super("show", "Show what a deployment changed, and its log.", "margay deployment show 12");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NUMBER", "The deployment's number."));
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> deployment = call.client().get(path(call));
            Terminal terminal = call.terminal();
            if (call.json()) {
                terminal.line(Json.text(deployment));
                return ExitCode.OK;
            }
            terminal.line("Deployment " + Json.string(deployment, "number") + " of "
                    + Json.string(deployment, "instance") + ": " + outcome(terminal, deployment));
            String reason = Json.string(deployment, "reason");
            if (!reason.isEmpty()) {
                terminal.line(Text.printable(reason));
            }
            terminal.line("");
            DeployCommand.print(
                    terminal,
                    Map.of("steps", Json.maps(deployment.get("done"))),
                    PlanText.Stage.AGAIN,
                    " of " + Json.string(deployment, "steps") + " done");
            terminal.line("");
            Json.maps(deployment.get("log")).forEach(entry -> terminal.line(line(terminal, entry)));
            return ExitCode.OK;
        }
    }

    private static final class Log extends Command {
        Log() {
            super("log", "Show the log of a deployment, also while it runs.", "margay deployment log -f 12");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NUMBER", "The deployment's number."));
            spec.addOption(flagSpec(
                    "Go on until the deployment has ended; then 1 is the exit code when it failed.", "-f", "--follow"));
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            boolean follow = call.flag("--follow");
            int shown = 0;
            while (true) {
                Map<String, Object> deployment = client.get(path(call));
                List<Map<String, Object>> log = Json.maps(deployment.get("log"));
                for (Map<String, Object> entry : log.subList(shown, log.size())) {
                    call.terminal().line(call.json() ? Json.text(entry) : line(call.terminal(), entry));
                }
                shown = log.size();
                String outcome = Json.string(deployment, "outcome");
                if (!follow) {
                    return ExitCode.OK;
                } else if (!outcome.equals("RUNNING")) {
                    return outcome.equals("SUCCEEDED") ? ExitCode.OK : ExitCode.FAILED;
                } else if (call.terminal().out().checkError()) {
                    return ExitCode.OK; // who read us has gone, such as head
                }
                try {
                    Thread.sleep(POLL_MILLIS);
                } catch (InterruptedException e) {
                    throw new CliException(ExitCode.FAILED, "Interrupted.");
                }
            }
        }
    }

    private static final class RollBack extends Command {
        RollBack() {
            super("rollback", "Deploy again what a former deployment had deployed.", "margay deployment rollback 11");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NUMBER", "The deployment's number."));
            spec.addOption(DeployCommand.soakSpec());
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> plan = DeploymentProgress.deploy(
                    call.client(),
                    Progress.of(call),
                    "POST",
                    path(call) + "/rollback" + DeployCommand.soak(call),
                    null);
            if (call.json()) {
                call.terminal().line(Json.text(plan));
            } else {
                DeployCommand.print(call.terminal(), plan, PlanText.Stage.AGAIN, " done");
            }
            return ExitCode.OK;
        }
    }
}
