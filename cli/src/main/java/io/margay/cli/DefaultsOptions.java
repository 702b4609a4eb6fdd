package io.margay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** What a version in the catalogue has for those who use it: its options, and how it is told. */
final class DefaultsOptions {
    private DefaultsOptions() {}

    static void define(CommandSpec spec, String kind) {
        spec.addOption(
                Command.optionSpec("JSON", "Default configuration: a JSON object, or @FILE; {} for none.", "--config"));
        spec.addOption(Command.optionsSpec(
                "NAME=VALUE", "Default configuration in key-value format; once for each entry.", "--kv"));
        spec.addOption(Command.optionsSpec("NAME=TEXT", "A note for people beside the entry of --kv.", "--note"));
        spec.addOption(
                Command.optionsSpec("FILE", "Default configuration as a file; once for each file.", "--config-file"));
        spec.addOption(Command.optionSpec(
                "JSON", "Default container settings: a JSON object, or @FILE; {} for none.", "--container"));
        spec.addOption(Command.optionSpec("SIZE", "Default memory limit: 256MB, 1GB; '' for none.", "--memory"));
        boolean driver = kind.equals("driver");
        spec.addOption(Command.optionSpec(
                driver ? "driver,device" : "function",
                "Which configuration must be given wherever the version is used; '' for none.",
                "--must-configure"));
    }

    /** The fields that were given; files are uploaded. */
    static Map<String, Object> fields(Call call, Client client) throws CliException {
        Map<String, Object> fields = new LinkedHashMap<>();
        Map<String, Object> config = config(call, client);
        if (config.size() > 1) {
            throw new CliException(ExitCode.BAD_INPUT, "Give one of --config, --kv and --config-file.");
        } else if (!config.isEmpty()) {
            fields.put("config", config);
        }
        String container = call.option("--container", null);
        if (container != null) {
            fields.put("container", JsonOption.object("--container", container));
        }
        String memory = call.option("--memory", null);
        if (memory != null) {
            fields.put("memory", memory.isEmpty() ? null : memory);
        }
        String must = call.option("--must-configure", null);
        if (must != null) {
            fields.put("mustConfigure", must.isEmpty() ? List.of() : List.of(must.split(",", -1)));
        }
        return fields;
    }

    private static Map<String, Object> config(Call call, Client client) throws CliException {
        Map<String, Object> config = new LinkedHashMap<>();
        String json = call.option("--config", null);
        if (json != null) {
            config.put("json", JsonOption.object("--config", json));
        }
        Map<String, String> values = pairs(call, "--kv");
        Map<String, String> notes = pairs(call, "--note");
        for (String name : notes.keySet()) {
            if (!values.containsKey(name)) {
                throw new CliException(ExitCode.BAD_INPUT, "--note " + name + ": there is no --kv " + name + "=VALUE.");
            }
        }
        if (!values.isEmpty()) {
            Map<String, Object> kv = new LinkedHashMap<>();
            values.forEach((name, value) ->
                    kv.put(name, notes.containsKey(name) ? Map.of("value", value, "note", notes.get(name)) : value));
            config.put("kv", kv);
        }
        Map<String, String> files = new LinkedHashMap<>();
        for (String file : call.options("--config-file")) {
            upload(Path.of(file), files, new Uploader(client, Progress.of(call)));
        }
        if (!files.isEmpty()) {
            config.put("files", files);
        }
        return config;
    }

    private static Map<String, String> pairs(Call call, String option) throws CliException {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : call.options(option)) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new CliException(ExitCode.BAD_INPUT, option + " " + pair + ": write NAME=VALUE");
            }
            if (pairs.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
                throw new CliException(
                        ExitCode.BAD_INPUT, option + " " + pair.substring(0, equals) + " is given twice");
            }
        }
        return pairs;
    }

    private static void upload(Path file, Map<String, String> files, Uploader uploader) throws CliException {
        if (!Files.isRegularFile(file)) {
            throw new CliException(ExitCode.BAD_INPUT, "There is no file " + file + ".");
        }
        String name = file.getFileName().toString();
        try {
            if (files.put(name, uploader.upload(file)) != null) {
                throw new CliException(ExitCode.BAD_INPUT, "Two files have the name " + name + ".");
            }
        } catch (IOException e) {
            throw new CliException(ExitCode.BAD_INPUT, file + " can't be uploaded: " + e.getMessage());
        }
    }

    /** In a few words, for a table. */
    static String brief(Map<String, Object> version) {
        List<String> parts = new ArrayList<>();
        Json.map(version.get("config"))
                .forEach((format, content) -> parts.add(format
                        + (format.equals("json") ? "" : " (" + Json.map(content).size() + ")")));
        String memory = Json.string(version, "memory");
        if (!memory.isEmpty()) {
            parts.add(memory);
        }
        if (version.containsKey("container")) {
            parts.add("container");
        }
        return String.join(", ", parts);
    }

    static String mustConfigure(Map<String, Object> version) {
        return String.join(
                ", ",
                version.get("mustConfigure") instanceof List<?> words
                        ? words.stream().map(String::valueOf).toList()
                        : List.of());
    }

    /** In full, one a line. */
    static Stream<String> lines(Map<String, Object> version) {
        return Stream.of("config", "memory", "container", "mustConfigure")
                .filter(version::containsKey)
                .map(key -> key + ": " + Text.value(version.get(key)));
    }
}
