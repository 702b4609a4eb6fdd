package io.margay.cli;

import io.margay.model.WorkloadId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** Drivers and functions are put into what the gateway runs, changed in it and taken out, one by one. */
final class WorkloadCommands {
    private WorkloadCommands() {}

    /** What the three have in common. */
    private abstract static class Change extends Command {
        final WorkloadId.Kind kind;

        Change(WorkloadId.Kind kind, String name, String summary, String example) {
            super(name, summary, "margay " + kind.word() + " " + name + " " + example);
            this.kind = kind;
        }

        final boolean isDriver() {
            return kind == WorkloadId.Kind.DRIVER;
        }

        final String path() {
            return "/" + kind.word() + "s";
        }

        final void codeOptions(CommandSpec spec) {
            String what = kind.word();
            spec.addPositional(
                    optionalSpec(1, "FILE", "The " + what + ": a jar, a zip, or a folder, which is packed."));
            if (isDriver()) {
                spec.addOption(optionSpec("NAME", "Take this driver, which comes with the gateway.", "--builtin"));
            } else {
                spec.addOption(optionSpec("HANDLER", "What is called, such as index.handler.", "--handler"));
                spec.addOption(optionSpec("MODE", "on-demand or continuous.", "--mode"));
                spec.addOption(optionSpec("TIME", "Of one call, such as 5s.", "--timeout"));
            }
            spec.addOption(
                    optionSpec("LANGUAGE", "java, python, nodejs or c (default: java for a jar).", "--language"));
            spec.addOption(optionSpec("ARCH", "Of C: amd64, arm64, armv7, armv7hf or x86.", "--arch"));
            spec.addOption(optionSpec("VERSION", "What people call this version.", "--version"));
            spec.addOption(optionSpec("WHERE", "auto, bundle, process or container.", "--isolation"));
            spec.addOption(
                    optionSpec("JSON", "The " + what + "'s configuration: a JSON object, or @FILE.", "--config"));
            spec.addOption(DeployCommand.soakSpec());
        }

        /** @param codeNeeded whether settings alone are too little */
        final Map<String, Object> body(Call call, Client client, boolean codeNeeded) throws CliException {
            Map<String, Object> body = new LinkedHashMap<>();
            Optional<String> file = call.optional(1);
            String builtin = isDriver() ? call.option("--builtin", "") : "";
            String config = call.option("--config", "");
            if (!config.isEmpty()) {
                body.put("config", Map.of("json", JsonOption.object("--config", config)));
            }
            for (String key : keys()) {
                String value = call.option("--" + key, "");
                if (!value.isEmpty()) {
                    body.put(key, value);
                }
            }
            boolean none = file.isEmpty() && builtin.isEmpty();
            if ((file.isPresent() && !builtin.isEmpty()) || (none && (codeNeeded || body.isEmpty()))) {
                throw new CliException(
                        ExitCode.BAD_INPUT,
                        "Name the " + kind.word() + "'s FILE" + (isDriver() ? ", or give --builtin NAME." : "."));
            }
            String language = call.option("--language", "");
            if (file.isPresent()) {
                Path path = Path.of(file.get());
                language = language(path, language);
                try {
                    body.put("artefact", new Uploader(client, Progress.of(call)).upload(path));
                } catch (IOException e) {
                    throw new CliException(ExitCode.BAD_INPUT, path + " can't be uploaded: " + e.getMessage());
                }
            } else if (!builtin.isEmpty()) {
                body.put("builtin", builtin);
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

        private List<String> keys() {
            return isDriver()
                    ? List.of("version", "isolation")
                    : List.of("version", "isolation", "handler", "mode", "timeout");
        }

        private static String language(Path path, String given) throws CliException {
            if (!Files.exists(path)) {
                throw new CliException(ExitCode.BAD_INPUT, "There is no file " + path + ".");
            } else if (!given.isEmpty()) {
                return given;
            } else if (path.toString().toLowerCase(Locale.ROOT).endsWith(".jar")) {
                return "java";
            }
            throw new CliException(
                    ExitCode.BAD_INPUT, "Say what " + path + " is written in: --language java, python, nodejs or c");
        }

        static int print(Call call, Map<String, Object> plan) {
            if (call.json()) {
                call.terminal().line(Json.text(plan));
            } else {
                DeployCommand.print(call.terminal(), plan, PlanText.Stage.DONE, " done");
            }
            return ExitCode.OK;
        }
    }

    /** Puts one in. */
    static final class Install extends Change {
        Install(WorkloadId.Kind kind) {
            super(
                    kind,
                    "install",
                    "Add a " + kind.word() + " to what the gateway runs.",
                    kind == WorkloadId.Kind.DRIVER ? "meter meter-1.0.jar" : "alarm alarm --language python");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(
                    0,
                    "NAME",
                    "The " + kind.word() + "'s name: letters, digits" + (isDriver() ? " and _." : ", _ and -.")));
            codeOptions(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("name", call.parameter(0));
            body.putAll(body(call, client, true));
            return print(
                    call,
                    DeploymentProgress.deploy(
                            client, Progress.of(call), "POST", path() + DeployCommand.soak(call), body));
        }
    }

    /** Swaps one. */
    static final class Update extends Change {
        Update(WorkloadId.Kind kind) {
            super(
                    kind,
                    "update",
                    "Swap a " + kind.word() + "'s code or settings while it runs; all else stays.",
                    kind == WorkloadId.Kind.DRIVER ? "meter meter-1.1.jar" : "alarm alarm --language python");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NAME", "The " + kind.word() + "'s name."));
            codeOptions(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            String path = path() + "/" + Client.segment(call.parameter(0));
            client.get(path);
            return print(
                    call,
                    DeploymentProgress.deploy(
                            client,
                            Progress.of(call),
                            "PUT",
                            path + DeployCommand.soak(call),
                            body(call, client, false)));
        }
    }

    /** Takes one out. */
    static final class Remove extends Change {
        private final String dependents;

        Remove(WorkloadId.Kind kind) {
            super(
                    kind,
                    "remove",
                    "Remove a " + kind.word() + ".",
                    kind == WorkloadId.Kind.DRIVER ? "meter --with-devices" : "alarm --with-routes");
            dependents = isDriver() ? "devices" : "routes";
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NAME", "The " + kind.word() + "'s name."));
            spec.addOption(flagSpec("Remove its " + dependents + " too.", "--with-" + dependents));
        }

        @Override
        int run(Call call) throws CliException {
            String query = "?" + dependents + "=true";
            String option = "--with-" + dependents;
            try {
                return print(
                        call,
                        call.client()
                                .deploy(
                                        "DELETE",
                                        path() + "/" + Client.segment(call.parameter(0))
                                                + (call.flag(option) ? query : ""),
                                        null));
            } catch (CliException e) {
                // The gateway names its own parameter, which is of no use here.
                throw new CliException(e.exitCode(), e.getMessage().replace(query, option), e.problem());
            }
        }
    }
}
