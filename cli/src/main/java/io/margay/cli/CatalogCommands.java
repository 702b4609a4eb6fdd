package io.margay.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on entries of the catalogue. */
final class CatalogCommands {
    private CatalogCommands() {}

    static List<Command> all(String kind) {
        List<Command> commands =
                new ArrayList<>(List.of(new ListAll(kind), new Create(kind), new Versions(kind), new Delete(kind)));
        commands.addAll(CatalogVersionCommands.ofPublishing(kind));
        return commands;
    }

    private static final class ListAll extends CatalogCommand {
        ListAll(String kind) {
            super(kind, "catalog", "List the " + kind + "s in the catalogue.", "margay " + kind + " catalog");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get(entries());
            List<Map<String, Object>> entries = Json.maps(answer.get(kind() + "s"));
            if (call.json() || entries.isEmpty()) {
                return print(
                        call,
                        answer,
                        "The catalogue has no " + kind() + " yet; make one with: margay " + kind() + " create NAME");
            }
            List<List<String>> rows = new ArrayList<>();
            for (Map<String, Object> entry : entries) {
                rows.add(List.of(
                        Json.string(entry, "name"),
                        Json.string(entry, "protocol"),
                        Json.string(entry, "language"),
                        Json.string(entry, "architecture"),
                        Json.bool(entry, "builtIn") ? "yes" : "",
                        Json.maps(entry.get("versions")).stream()
                                .map(version -> Json.string(version, "version")
                                        + (Json.string(version, "state").equals("draft") ? " (draft)" : ""))
                                .collect(Collectors.joining(", "))));
            }
            call.terminal()
                    .table(List.of("NAME", "PROTOCOL", "LANGUAGE", "ARCHITECTURE", "BUILT IN", "VERSIONS"), rows);
            return ExitCode.OK;
        }
    }

    private static final class Create extends CatalogCommand {
        Create(String kind) {
            super(
                    kind,
                    "create",
                    "Add a " + kind + " to the catalogue; its versions come later.",
                    kind.equals("driver")
                            ? "margay driver create plc --protocol custom --language python"
                            : "margay function create alarm --language python");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addOption(optionSpec("LANGUAGE", "java, python, nodejs or c.", "--language"));
            spec.addOption(optionSpec("ARCH", "Of C: amd64, arm64, armv7, armv7hf or x86.", "--arch"));
            if (kind().equals("driver")) {
                spec.addOption(optionSpec("PROTOCOL", "modbus, opcua, lorawan or custom.", "--protocol"));
                spec.addOption(flagSpec("The driver of this name that comes with the gateway.", "--builtin"));
            }
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("name", call.parameter(0));
            put(body, "protocol", call.option("--protocol", null));
            put(body, "language", call.option("--language", null));
            put(body, "architecture", call.option("--arch", null));
            if (call.flag("--builtin")) {
                body.put("builtIn", true);
            }
            Map<String, Object> answer = call.client().send("POST", entries(), body);
            return print(
                    call,
                    answer,
                    "The catalogue has " + kind() + " " + call.parameter(0) + "; go on with: margay " + kind()
                            + " version add " + call.parameter(0) + " VERSION");
        }
    }

    private static final class Versions extends CatalogCommand {
        Versions(String kind) {
            super(
                    kind,
                    "versions",
                    "List a " + kind + "'s versions in the catalogue.",
                    "margay " + kind + " versions plc");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get(entry(call) + "/versions");
            List<Map<String, Object>> versions = Json.maps(answer.get("versions"));
            if (call.json() || versions.isEmpty()) {
                return print(
                        call,
                        answer,
                        "No versions yet; add one with: margay " + kind() + " version add " + call.parameter(0)
                                + " VERSION");
            }
            List<List<String>> rows = new ArrayList<>();
            for (Map<String, Object> version : versions) {
                Map<String, Object> file = Json.map(version.get("file"));
                rows.add(List.of(
                        Json.string(version, "version"),
                        Json.string(version, "state"),
                        Json.string(version, "minimumGateway"),
                        Text.printable(Json.string(file, "name")),
                        Text.brief(Json.string(file, "sha256"), 13),
                        DefaultsOptions.brief(version),
                        DefaultsOptions.mustConfigure(version),
                        Text.age(Json.number(version, "changed")),
                        Text.brief(Json.string(version, "description"), 60)));
            }
            call.terminal()
                    .table(
                            List.of(
                                    "VERSION",
                                    "STATE",
                                    "MIN GATEWAY",
                                    "FILE",
                                    "SHA-256",
                                    "DEFAULTS",
                                    "MUST CONFIGURE",
                                    "AGE",
                                    "DESCRIPTION"),
                            rows);
            return ExitCode.OK;
        }
    }

    private static final class Delete extends CatalogCommand {
        Delete(String kind) {
            super(
                    kind,
                    "delete",
                    "Delete a " + kind + " from the catalogue; not when a version of it is published.",
                    "margay " + kind + " delete plc");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            call.client().send("DELETE", entry(call), null);
            return print(
                    call,
                    Map.of("deleted", call.parameter(0)),
                    "The catalogue has no " + kind() + " " + call.parameter(0) + " any more");
        }
    }
}
