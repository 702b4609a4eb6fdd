package io.margay.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** Deploys the edge instance that the gateway is bound to: shows the plan, asks, and does exactly that. */
final class DeployInstanceCommand extends Command {
    DeployInstanceCommand() {
        super("deploy", "Deploy an edge instance: shows the plan, asks, and does exactly that.", "margay deploy --yes");
    }

    @Override
    void define(CommandSpec spec) {
        spec.addPositional(
                optionalSpec(0, "NAME", "The edge instance (default: the one that this gateway is bound to)."));
        spec.addOption(flagSpec("Don't ask.", "--yes"));
        spec.addOption(optionSpec("ID", "Only if this is still the plan, as 'margay plan' named it.", "--plan"));
        spec.addOption(DeployCommand.soakSpec());
    }

    /** The edge instance that is named, or else the one that the gateway is bound to. */
    static String name(Call call, Client client) throws CliException {
        Optional<String> named = call.optional(0);
        if (named.isPresent()) {
            return named.get();
        }
        String bound = Json.string(client.get(InstanceCommand.ALL), "bound");
        if (bound.isEmpty()) {
            throw new CliException(
                    ExitCode.BAD_INPUT,
                    "This gateway is bound to no edge instance; bind it: margay instance bind NAME");
        }
        return bound;
    }

    @Override
    int run(Call call) throws CliException {
        Client client = call.client();
        String name = name(call, client);
        Map<String, Object> plan = plan(client, name);
        List<String> errors = PlanText.errors(name, plan);
        if (!call.json()) {
            DeployCommand.print(call.terminal(), plan, PlanText.Stage.PLANNED, " to make");
            call.terminal().out().flush();
        }
        if (!errors.isEmpty()) {
            throw new CliException(ExitCode.BAD_INPUT, String.join("\n", errors));
        }
        String id = Json.string(plan, "id");
        String wanted = call.option("--plan", id);
        // Of another plan there is nothing to ask: the gateway refuses it.
        boolean toAsk = wanted.equals(id) && !Json.maps(plan.get("steps")).isEmpty() && !call.flag("--yes");
        if (toAsk) {
            confirm(call, name);
        }
        Map<String, Object> done = DeploymentProgress.deploy(
                client,
                Progress.of(call),
                "POST",
                InstanceCommand.path(name) + "/deploy"
                        + Client.query(List.of("plan", wanted, "soak", call.option("--soak", ""))),
                null);
        if (call.json()) {
            call.terminal().line(Json.text(done));
        } else if (!Json.maps(done.get("steps")).isEmpty()) {
            call.terminal()
                    .line(Text.count(Json.maps(done.get("steps")).size(), "change") + " done: " + name
                            + " is deployed");
        }
        return ExitCode.OK;
    }

    static Map<String, Object> plan(Client client, String name) throws CliException {
        try {
            return client.deploy("POST", InstanceCommand.path(name) + "/plan", null);
        } catch (CliException e) {
            throw DeployCommand.named(name, e);
        }
    }

    private static void confirm(Call call, String name) throws CliException {
        boolean confirmed = call.terminal()
                .confirm("Deploy " + name + "?")
                .orElseThrow(() -> new CliException(
                        ExitCode.BAD_INPUT,
                        "To deploy changes what runs, and nobody is here to ask; if you mean it, give --yes."));
        if (!confirmed) {
            throw new CliException(ExitCode.FAILED, name + " was not deployed.");
        }
    }
}
