package io.margay.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on versions in the catalogue. */
final class CatalogVersionCommands {
    private CatalogVersionCommands() {}

    /** Those under {@code version}. */
    static List<Command> all(String kind) {
        return List.of(new Add(kind), new Edit(kind), new Show(kind), new Delete(kind));
    }

    static List<Command> ofPublishing(String kind) {
        return List.of(new Publish(kind), new Download(kind));
    }

    private static final class Add extends CatalogCommand {
        Add(String kind) {
            super(
                    kind,
                    "add",
                    "Add a version to the catalogue, as a draft.",
                    "margay " + kind + " version add plc 1.0 --file plc.zip");
        }

        @Override
        void define(CommandSpec spec) {
            versionSpec(spec);
            contentSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            client.get(entry(call));
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("version", call.parameter(1));
            body.putAll(content(call, client));
            return print(call, client.send("POST", entry(call) + "/versions", body), named(call) + " is a draft");
        }
    }

    private static final class Edit extends CatalogCommand {
        Edit(String kind) {
            super(
                    kind,
                    "edit",
                    "Change a draft, or the description of a published version.",
                    "margay " + kind + " version edit plc 1.0 --description 'reads the alarms too'");
        }

        @Override
        void define(CommandSpec spec) {
            versionSpec(spec);
            contentSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            client.get(version(call));
            Map<String, Object> body = content(call, client);
            if (body.isEmpty()) {
                throw new CliException(
                        ExitCode.BAD_INPUT,
                        "Say what to change, such as --file or --description; see: margay " + kind()
                                + " version edit --help");
            }
            return print(call, client.send("PUT", version(call), body), named(call) + " is changed");
        }
    }

    private static final class Show extends CatalogCommand {
        Show(String kind) {
            super(
                    kind,
                    "show",
                    "Show a version with all that it says for those who use it.",
                    "margay " + kind + " version show plc 1.0");
        }

        @Override
        void define(CommandSpec spec) {
            versionSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> version = call.client().get(version(call));
            Map<String, Object> file = Json.map(version.get("file"));
            Stream<String> lines = Stream.of(
                            Stream.of(named(call) + ", " + Json.string(version, "state")),
                            line("description", Json.string(version, "description")),
                            line("runs on gateways from", Json.string(version, "minimumGateway")),
                            line("file", Json.string(file, "name")),
                            line("SHA-256", Json.string(file, "sha256")),
                            DefaultsOptions.lines(version))
                    .flatMap(line -> line);
            return print(call, version, lines.collect(Collectors.joining("\n")));
        }

        private static Stream<String> line(String name, String value) {
            return value.isEmpty() ? Stream.of() : Stream.of(name + ": " + Text.printable(value));
        }
    }

    private static final class Delete extends CatalogCommand {
        Delete(String kind) {
            super(kind, "delete", "Delete a draft.", "margay " + kind + " version delete plc 1.0");
        }

        @Override
        void define(CommandSpec spec) {
            versionSpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            call.client().send("DELETE", version(call), null);
            return print(call, Map.of("deleted", call.parameter(1)), named(call) + " is deleted");
        }
    }

    private static final class Publish extends CatalogCommand {
        Publish(String kind) {
            super(
                    kind,
                    "publish",
                    "Publish a draft: from then on its file and its defaults stay as they are.",
                    "margay " + kind + " publish plc 1.0 --yes");
        }

        @Override
        void define(CommandSpec spec) {
            versionSpec(spec);
            spec.addOption(flagSpec("Don't ask.", "--yes"));
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            Map<String, Object> version = client.get(version(call));
            String sha256 = Json.string(Json.map(version.get("file")), "sha256");
            if (!call.flag("--yes") && !isConfirmed(call, version)) {
                throw new CliException(ExitCode.FAILED, named(call) + " was not published.");
            }
            // The digest that was shown: a file that changed since is not published.
            return print(
                    call,
                    client.send("PUT", version(call) + "/publication", Map.of("sha256", sha256)),
                    named(call) + " is published");
        }

        private boolean isConfirmed(Call call, Map<String, Object> version) throws CliException {
            Map<String, Object> file = Json.map(version.get("file"));
            String defaults = DefaultsOptions.brief(version);
            String what = file.isEmpty()
                    ? "without a file"
                    : "with " + Text.printable(Json.string(file, "name")) + ", SHA-256 " + Json.string(file, "sha256");
            Optional<Boolean> answer = call.terminal()
                    .confirm(
                            named(call) + " will be published " + what
                                    + (defaults.isEmpty() ? "" : ", defaults: " + defaults)
                                    + ". It can't be deleted, and its file and defaults can't be changed afterwards. Publish it?");
            return answer.orElseThrow(() -> new CliException(
                    ExitCode.BAD_INPUT,
                    "To publish is for good, and nobody is here to ask; if you mean it, give --yes."));
        }
    }

    private static final class Download extends CatalogCommand {
        Download(String kind) {
            super(
                    kind,
                    "download",
                    "Fetch a version's file, byte for byte as it was uploaded.",
                    "margay " + kind + " download plc 1.0 -o plc-1.0.zip");
        }

        @Override
        void define(CommandSpec spec) {
            versionSpec(spec);
            spec.addOption(optionSpec("FILE", "Where to (default: its own name, in this folder).", "-o", "--output"));
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            Map<String, Object> file = Json.map(client.get(version(call)).get("file"));
            Path target = target(call, file);
            Progress progress = Progress.of(call);
            progress.bytes("downloading " + Json.string(file, "name"), Json.number(file, "bytes"));
            try (InputStream content =
                    progress.counting(client.stream(version(call) + "/file"), Json.number(file, "bytes"))) {
                save(content, Json.string(file, "sha256"), target);
            } catch (IOException e) {
                throw new CliException(ExitCode.FAILED, target + " can't be written: " + e);
            } finally {
                progress.end();
            }
            Map<String, Object> answer = new LinkedHashMap<>(file);
            answer.put("path", target.toString());
            return print(call, answer, target + "  " + Json.number(file, "bytes") + " bytes");
        }

        private static Path target(Call call, Map<String, Object> file) throws CliException {
            String wanted = call.option("--output", null);
            if (wanted != null) {
                return Path.of(wanted);
            }
            // A gateway must not choose the folder.
            String name = Json.string(file, "name").replaceAll(".*[/\\\\]", "");
            Path target = Path.of(name.isEmpty() ? "download" : name);
            if (Files.exists(target)) {
                throw new CliException(
                        ExitCode.BAD_INPUT, target + " is there already; name the file to write with -o FILE.");
            }
            return target;
        }

        /** Under another name first: half a file must not look like a whole one. */
        private static void save(InputStream content, String sha256, Path target) throws IOException {
            Path folder =
                    Optional.ofNullable(target.toAbsolutePath().getParent()).orElse(Path.of("/"));
            Path temporary = Files.createTempFile(folder, ".margay", ".part");
            try {
                Files.copy(content, temporary, StandardCopyOption.REPLACE_EXISTING);
                String actual = Packer.sha256(temporary);
                if (!actual.equals(sha256)) {
                    throw new IOException("its SHA-256 is " + actual + ", not " + sha256);
                }
                Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        }
    }
}
