package io.margay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** A command on the catalogue's drivers, or on its functions: the two differ in the word alone. */
abstract class CatalogCommand extends Command {
    private final String kind;

    /** @param kind {@code driver} or {@code function} */
    CatalogCommand(String kind, String name, String summary, String example) {
        super(name, summary, example);
        this.kind = kind;
    }

    final String kind() {
        return kind;
    }

    final String entries() {
        return "/catalog/" + kind + "s";
    }

    final String entry(Call call) throws CliException {
        return entries() + "/" + Client.segment(call.parameter(0));
    }

    final String version(Call call) throws CliException {
        return entry(call) + "/versions/" + Client.segment(call.parameter(1));
    }

    /** {@code Version 1.0 of driver plc}. */
    final String named(Call call) {
        return "Version " + call.parameter(1) + " of " + kind + " " + call.parameter(0);
    }

    final void nameSpec(CommandSpec spec) {
        spec.addPositional(parameterSpec(0, "NAME", "The " + kind + "'s name in the catalogue."));
    }

    final void versionSpec(CommandSpec spec) {
        nameSpec(spec);
        spec.addPositional(parameterSpec(1, "VERSION", "The version's name."));
    }

    final void contentSpec(CommandSpec spec) {
        spec.addOption(
                optionSpec("FILE", "A zip (for a function also a jar), or a folder, which is packed.", "--file"));
        spec.addOption(optionSpec("TEXT", "What is said of it, at most 256 bytes.", "--description"));
        spec.addOption(optionSpec("VERSION", "It runs on gateways of this version or later.", "--min-gateway"));
        DefaultsOptions.define(spec, kind);
    }

    /** The fields that were given; the file is uploaded. */
    static Map<String, Object> content(Call call, Client client) throws CliException {
        Map<String, Object> content = new LinkedHashMap<>();
        put(content, "description", call.option("--description", null));
        put(content, "minimumGateway", call.option("--min-gateway", null));
        String file = call.option("--file", null);
        if (file != null) {
            content.put("file", upload(call, Path.of(file), client));
        }
        content.putAll(DefaultsOptions.fields(call, client));
        return content;
    }

    static void put(Map<String, Object> fields, String name, Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }

    private static Map<String, Object> upload(Call call, Path path, Client client) throws CliException {
        if (!Files.exists(path)) {
            throw new CliException(ExitCode.BAD_INPUT, "There is no file " + path + ".");
        }
        try {
            // Of "." too the name is wanted.
            String name = path.toRealPath().getFileName() + (Files.isDirectory(path) ? ".zip" : "");
            return Map.of("name", name, "sha256", new Uploader(client, Progress.of(call)).upload(path));
        } catch (IOException e) {
            throw new CliException(ExitCode.BAD_INPUT, path + " can't be uploaded: " + e.getMessage());
        }
    }

    /** Prints the gateway's answer, or what it means. */
    static int print(Call call, Map<String, Object> answer, String words) {
        call.terminal().line(call.json() ? Json.text(answer) : words);
        return ExitCode.OK;
    }
}
