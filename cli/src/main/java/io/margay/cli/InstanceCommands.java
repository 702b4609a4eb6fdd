package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on edge instances as a whole. */
final class InstanceCommands {
    private InstanceCommands() {}

    static List<Command> all() {
        return List.of(new Create(), new ListAll(), new Show(), new Delete(), new Bind(true), new Bind(false));
    }

    /** {@code deployed (deployment 3)}. */
    private static String state(Map<String, Object> instance) {
        String words =
                switch (Json.string(instance, "state")) {
                    case "deployed" -> "deployed";
                    case "changed" -> "changed since it was deployed";
                    case "not-deployed" -> "not deployed";
                    default -> Json.string(instance, "state");
                };
        String deployment = Json.string(instance, "deployment");
        return words + (deployment.isEmpty() ? "" : " (deployment " + deployment + ")");
    }

    private static final class Create extends InstanceCommand {
        Create() {
            super("create", "Make an edge instance without any part.", "margay instance create hall");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            String name = call.parameter(0);
            return print(
                    call,
                    call.client().send("POST", ALL, Map.of("name", name)),
                    "Edge instance " + name + " is made; go on with: margay instance assign " + name
                            + " driver DRIVER");
        }
    }

    private static final class ListAll extends InstanceCommand {
        ListAll() {
            super("list", "List the edge instances, and whether what runs is what they say.", "margay instance list");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get(ALL);
            List<Map<String, Object>> instances = Json.maps(answer.get("instances"));
            if (call.json() || instances.isEmpty()) {
                return print(call, answer, "No edge instances yet; make one with: margay instance create NAME");
            }
            List<List<String>> rows = new ArrayList<>();
            for (Map<String, Object> instance : instances) {
                rows.add(List.of(
                        Json.string(instance, "name"),
                        Json.bool(instance, "bound") ? "this gateway" : "",
                        state(instance),
                        Json.string(instance, "drivers"),
                        Json.string(instance, "devices"),
                        Json.string(instance, "functions"),
                        Json.string(instance, "routes"),
                        Text.brief(Json.string(instance, "reason"), 80)));
            }
            call.terminal()
                    .table(
                            List.of(
                                    "INSTANCE",
                                    "BOUND TO",
                                    "STATE",
                                    "DRIVERS",
                                    "DEVICES",
                                    "FUNCTIONS",
                                    "ROUTES",
                                    "REASON"),
                            rows);
            return ExitCode.OK;
        }
    }

    private static final class Show extends InstanceCommand {
        Show() {
            super("show", "Show an edge instance.", "margay instance show hall --yaml");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addOption(flagSpec("As a document.", "--yaml"));
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> instance = call.client().get(path(call));
            Terminal terminal = call.terminal();
            if (call.json()) {
                terminal.line(Json.text(instance));
                return ExitCode.OK;
            } else if (call.flag("--yaml")) {
                terminal.out().print(InstanceDocumentCommands.yaml(instance.get("document")));
                return ExitCode.OK;
            }
            terminal.line(terminal.styled(Terminal.Style.BOLD, Json.string(instance, "name")) + "  "
                    + (Json.bool(instance, "bound") ? "bound to this gateway, " : "") + state(instance));
            terminal.line("digest " + Json.string(instance, "digest"));
            Map<String, Object> document = Json.map(instance.get("document"));
            Json.maps(document.get("products"))
                    .forEach(product -> terminal.line("  product   " + Json.string(product, "key")));
            for (String kind : List.of("driver", "function")) {
                for (Map<String, Object> workload : Json.maps(document.get(kind + "s"))) {
                    terminal.line(
                            String.format("  %-8s  ", kind) + Json.string(workload, "name") + "  " + code(workload));
                }
            }
            Json.maps(document.get("devices"))
                    .forEach(device -> terminal.line("  device    " + Json.string(device, "product") + "/"
                            + Json.string(device, "name") + "  driver " + Json.string(device, "driver")));
            Json.maps(document.get("routes"))
                    .forEach(route -> terminal.line("  route     " + Json.string(route, "name") + "  "
                            + Text.value(route.get("from")) + " → " + Text.value(route.get("to"))));
            return ExitCode.OK;
        }

        private static String code(Map<String, Object> workload) {
            Map<String, Object> catalog = Json.map(workload.get("catalog"));
            if (!catalog.isEmpty()) {
                String name = Json.string(catalog, "driver") + Json.string(catalog, "function");
                return "catalogue " + name + " " + Json.string(catalog, "version");
            }
            String builtin = Json.string(workload, "builtin");
            return builtin.isEmpty()
                    ? Text.brief(Json.string(workload, "artefact"), 13) + " " + Json.string(workload, "version")
                    : "built-in " + builtin;
        }
    }

    private static final class Delete extends InstanceCommand {
        Delete() {
            super("delete", "Delete an edge instance; what runs stays.", "margay instance delete hall --yes");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addOption(flagSpec("Don't ask.", "--yes"));
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            String name = call.parameter(0);
            if (!call.flag("--yes")) {
                client.get(path(call));
                boolean confirmed = call.terminal()
                        .confirm("Edge instance " + name + " will be deleted. Delete it?")
                        .orElseThrow(() -> new CliException(
                                ExitCode.BAD_INPUT,
                                "To delete is for good, and nobody is here to ask; if you mean it, give --yes."));
                if (!confirmed) {
                    throw new CliException(ExitCode.FAILED, "Edge instance " + name + " was not deleted.");
                }
            }
            client.send("DELETE", path(call), null);
            return print(call, Map.of("deleted", name), "Edge instance " + name + " is deleted");
        }
    }

    private static final class Bind extends InstanceCommand {
        private final boolean bind;

        Bind(boolean bind) {
            super(
                    bind ? "bind" : "unbind",
                    bind
                            ? "Bind this gateway to an edge instance, which it can then deploy."
                            : "Free this gateway for another edge instance; what runs stays.",
                    bind ? "margay instance bind hall" : "margay instance unbind hall");
            this.bind = bind;
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            String name = call.parameter(0);
            return print(
                    call,
                    call.client().send(bind ? "PUT" : "DELETE", path(call) + "/binding", null),
                    bind
                            ? "This gateway is bound to " + name + "; deploy it with: margay deploy"
                            : "This gateway is bound to no edge instance");
        }
    }
}
