package io.margay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on drivers. */
final class DriverCommands {
    private DriverCommands() {}

    static List<Command> all() {
        return List.of(new ListAll(), new Install(), new Update(), new Remove());
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

    private abstract static class Change extends Command {
        Change(String name, String summary, String example) {
            super(name, summary, example);
        }

        static void codeOptions(CommandSpec spec) {
            spec.addPositional(optionalSpec(1, "FILE", "The driver: a jar, a zip, or a folder, which is packed."));
            spec.addOption(optionSpec("NAME", "Take this driver, which comes with the gateway.", "--builtin"));
            spec.addOption(
                    optionSpec("LANGUAGE", "java, python, nodejs or c (default: java for a jar).", "--language"));
            spec.addOption(optionSpec("ARCH", "Of C: amd64, arm64, armv7, armv7hf or x86.", "--arch"));
            spec.addOption(optionSpec("VERSION", "What people call this version.", "--version"));
            spec.addOption(optionSpec("WHERE", "auto, bundle, process or container.", "--isolation"));
            spec.addOption(optionSpec("JSON", "The driver's configuration: a JSON object, or @FILE.", "--config"));
        }

        /** @param codeNeeded whether a configuration alone is too little */
        static Map<String, Object> body(Call call, Client client, boolean codeNeeded) throws CliException {
            Map<String, Object> body = new LinkedHashMap<>();
            Optional<String> file = call.optional(1);
            String builtin = call.option("--builtin", "");
            String config = call.option("--config", "");
            boolean none = file.isEmpty() && builtin.isEmpty();
            if ((file.isPresent() && !builtin.isEmpty()) || (none && (codeNeeded || config.isEmpty()))) {
                throw new CliException(ExitCode.BAD_INPUT, "Name the driver's FILE, or give --builtin NAME.");
            }
            if (!config.isEmpty()) {
                body.put("config", Map.of("json", JsonOption.object("--config", config)));
            }
            String language = call.option("--language", "");
            if (file.isPresent()) {
                Path path = Path.of(file.get());
                if (!Files.exists(path)) {
                    throw new CliException(ExitCode.BAD_INPUT, "There is no file " + path + ".");
                }
                if (language.isEmpty()
                        && path.toString().toLowerCase(Locale.ROOT).endsWith(".jar")) {
                    language = "java";
                } else if (language.isEmpty()) {
                    throw new CliException(
                            ExitCode.BAD_INPUT,
                            "Say what " + path + " is written in: --language java, python, nodejs or c");
                }
                try {
                    body.put("artefact", new Uploader(client, Progress.of(call)).upload(path));
                } catch (IOException e) {
                    throw new CliException(ExitCode.BAD_INPUT, path + " can't be uploaded: " + e.getMessage());
                }
            } else if (!builtin.isEmpty()) {
                body.put("builtin", builtin);
            }
            for (String key : List.of("version", "isolation")) {
                String value = call.option("--" + key, "");
                if (!value.isEmpty()) {
                    body.put(key, value);
                }
            }
            if (!language.isEmpty()) {
                body.put("language", language);
            }
            String architecture = call.option("--arch", "");
            if (!architecture.isEmpty()) {
                body.put("architecture", architecture);
            }
            return body;
        }

        static int print(Call call, Map<String, Object> plan) {
            if (call.json()) {
                call.terminal().line(Json.text(plan));
            } else {
                DeployCommand.print(call.terminal(), plan, " done");
            }
            return ExitCode.OK;
        }
    }

    private static final class Install extends Change {
        Install() {
            super("install", "Add a driver to what the gateway runs.", "margay driver install meter meter-1.0.jar");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NAME", "The driver's name: letters, digits and _."));
            codeOptions(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("name", call.parameter(0));
            body.putAll(body(call, client, true));
            return print(call, DeploymentProgress.deploy(client, Progress.of(call), "POST", "/drivers", body));
        }
    }

    private static final class Update extends Change {
        Update() {
            super(
                    "update",
                    "Swap a driver's code or configuration while it runs; all else stays.",
                    "margay driver update meter meter-1.1.jar");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NAME", "The driver's name."));
            codeOptions(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            String path = "/drivers/" + Client.segment(call.parameter(0));
            client.get(path);
            return print(
                    call, DeploymentProgress.deploy(client, Progress.of(call), "PUT", path, body(call, client, false)));
        }
    }

    private static final class Remove extends Change {
        Remove() {
            super("remove", "Remove a driver.", "margay driver remove meter --with-devices");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NAME", "The driver's name."));
            spec.addOption(flagSpec("Remove its devices too.", "--with-devices"));
        }

        @Override
        int run(Call call) throws CliException {
            String query = call.flag("--with-devices") ? "?devices=true" : "";
            try {
                return print(
                        call,
                        call.client().deploy("DELETE", "/drivers/" + Client.segment(call.parameter(0)) + query, null));
            } catch (CliException e) {
                // The gateway names its own parameter, which is of no use here.
                throw new CliException(
                        e.exitCode(), e.getMessage().replace("?devices=true", "--with-devices"), e.problem());
            }
        }
    }
}
