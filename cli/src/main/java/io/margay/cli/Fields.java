package io.margay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options that become keys of a part of an edge instance. */
final class Fields {
    private final Call call;
    private final Map<String, Object> keys = new LinkedHashMap<>();

    Fields(Call call) {
        this.call = call;
    }

    Map<String, Object> keys() {
        return keys;
    }

    /** Takes over an option as it is. */
    Fields text(String key) {
        String value = call.option("--" + key, "");
        if (!value.isEmpty()) {
            keys.put(key, value);
        }
        return this;
    }

    static void anySpec(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("--set")
                .paramLabel("KEY=VALUE")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description("Any key of the document, with JSON or a text; null takes it away. May be repeated.")
                .build());
    }

    /** Further keys, which have no option of their own. */
    Fields any() throws CliException {
        keys.putAll(DeviceCommands.assignments(call.leaf().matchedOptionValue("--set", List.of())));
        return this;
    }

    static void configSpec(CommandSpec spec) {
        spec.addOption(Command.optionSpec("JSON", "The configuration: a JSON object, or @FILE.", "--config"));
    }

    static void codeSpec(CommandSpec spec, String kind) {
        spec.addOption(Command.optionSpec(
                kind.toUpperCase(Locale.ROOT) + ":VERSION", "A version in the catalogue.", "--catalog"));
        if (kind.equals("driver")) {
            spec.addOption(Command.optionSpec("NAME", "A driver that comes with the gateway.", "--builtin"));
        }
        spec.addOption(Command.optionSpec("FILE", "A jar, a zip, or a folder, which is packed.", "--file"));
        spec.addOption(Command.optionSpec("LANGUAGE", "Of FILE: java, python, nodejs or c.", "--language"));
        spec.addOption(Command.optionSpec("ARCH", "Of FILE in C: amd64, arm64, armv7, armv7hf or x86.", "--arch"));
        spec.addOption(Command.optionSpec("VERSION", "What people call FILE's version.", "--version"));
        spec.addOption(Command.optionSpec("WHERE", "auto, bundle, process or container.", "--isolation"));
        spec.addOption(Command.optionSpec("HOW", "overlap or exclusive.", "--handover"));
        configSpec(spec);
        anySpec(spec);
    }

    /** The code, where one is named, and what belongs to each workload. */
    Fields code(Client client, String kind) throws CliException {
        String catalog = call.option("--catalog", "");
        String builtin = call.option("--builtin", "");
        String file = call.option("--file", "");
        long given = List.of(catalog, builtin, file).stream()
                .filter(option -> !option.isEmpty())
                .count();
        if (given > 1) {
            throw new CliException(ExitCode.BAD_INPUT, "Give one of --catalog, --builtin and --file.");
        }
        text("language").text("version").text("isolation").text("handover");
        String architecture = call.option("--arch", "");
        if (!architecture.isEmpty()) {
            keys.put("architecture", architecture);
        }
        if (!catalog.isEmpty()) {
            int colon = catalog.indexOf(':');
            if (colon <= 0) {
                throw new CliException(
                        ExitCode.BAD_INPUT,
                        "--catalog " + catalog + ": write " + kind.toUpperCase(Locale.ROOT) + ":VERSION");
            }
            Map<String, Object> version = new LinkedHashMap<>();
            version.put(kind, catalog.substring(0, colon));
            version.put("version", catalog.substring(colon + 1));
            keys.put("catalog", version);
        } else if (!builtin.isEmpty()) {
            keys.put("builtin", builtin);
        } else if (!file.isEmpty()) {
            if (file.toLowerCase(Locale.ROOT).endsWith(".jar")) {
                keys.putIfAbsent("language", "java");
            }
            keys.put("artefact", upload(call, client, Path.of(file)));
        }
        String config = call.option("--config", "");
        if (!config.isEmpty()) {
            keys.put("config", Map.of("json", JsonOption.object("--config", config)));
        }
        return any();
    }

    /** @return the file's SHA-256 */
    private static String upload(Call call, Client client, Path path) throws CliException {
        if (!Files.exists(path)) {
            throw new CliException(ExitCode.BAD_INPUT, "There is no file " + path + ".");
        }
        try {
            return new Uploader(client, Progress.of(call)).upload(path);
        } catch (IOException e) {
            throw new CliException(ExitCode.BAD_INPUT, path + " can't be uploaded: " + e.getMessage());
        }
    }
}
