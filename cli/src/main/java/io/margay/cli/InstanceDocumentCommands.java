package io.margay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import picocli.CommandLine.Model.CommandSpec;

/** Commands between edge instances that the gateway keeps and documents. */
final class InstanceDocumentCommands {
    private InstanceDocumentCommands() {}

    static List<Command> all() {
        return List.of(new Edit(), new Import(), new Export());
    }

    /** A document for people, which reads back as it was. */
    static String yaml(Object document) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setSchema(new CoreSchema())
                .build();
        return new Dump(settings).dumpToString(document);
    }

    /** Takes a document. */
    private abstract static class OfDocument extends InstanceCommand {
        OfDocument(String name, String summary, String example) {
            super(name, summary, example);
        }

        static Map<String, Object> body(Call call, Client client, Document document) throws CliException {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("document", document.text());
            body.put("files", new Uploader(client, Progress.of(call)).upload(document));
            return body;
        }
    }

    private static final class Edit extends OfDocument {
        Edit() {
            super(
                    "edit",
                    "Replace an edge instance as a whole by a document.",
                    "margay instance edit hall -f hall.yaml");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addOption(DeployCommand.fileSpec().required(true).build());
            spec.addOption(optionSpec(
                    "DIGEST", "Only if it is still this one, as 'show' has it (default: as it is now).", "--digest"));
        }

        @Override
        int run(Call call) throws CliException {
            Document document = Document.read(Path.of(call.option("--file", "")));
            Client client = call.client();
            // What comes between this and the replacement is not lost unseen.
            String digest = Json.string(client.get(path(call)), "digest");
            Map<String, Object> body = body(call, client, document);
            try {
                Map<String, Object> answer = client.replace(path(call), body, call.option("--digest", digest));
                return printEntered(
                        call,
                        answer,
                        "Edge instance " + call.parameter(0) + " is changed; see: margay plan " + call.parameter(0));
            } catch (CliException e) {
                throw DeployCommand.named(document.name(), e);
            }
        }
    }

    private static final class Import extends OfDocument {
        Import() {
            super("import", "Make an edge instance of a document.", "margay instance import hall -f hall.yaml");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addOption(DeployCommand.fileSpec().required(true).build());
        }

        @Override
        int run(Call call) throws CliException {
            Document document = Document.read(Path.of(call.option("--file", "")));
            Client client = call.client();
            Map<String, Object> body = body(call, client, document);
            body.put("name", call.parameter(0));
            try {
                return printEntered(
                        call, client.send("POST", ALL, body), "Edge instance " + call.parameter(0) + " is made");
            } catch (CliException e) {
                throw DeployCommand.named(document.name(), e);
            }
        }
    }

    private static final class Export extends InstanceCommand {
        Export() {
            super(
                    "export",
                    "Write an edge instance as a document, which 'edit' and 'import' take; files by digest.",
                    "margay instance export hall -o hall.yaml");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addOption(optionSpec("FILE", "Where to (default: standard output).", "-o", "--output"));
        }

        @Override
        int run(Call call) throws CliException {
            Object document = call.client().get(path(call)).get("document");
            String text = call.json() ? Json.text(document) + "\n" : yaml(document);
            Optional<String> target = Optional.ofNullable(call.option("--output", null));
            if (target.isEmpty()) {
                call.terminal().out().print(text);
                return ExitCode.OK;
            }
            try {
                Files.writeString(Path.of(target.get()), text);
            } catch (IOException e) {
                throw new CliException(ExitCode.FAILED, target.get() + " can't be written: " + e);
            }
            call.terminal().line(target.get());
            return ExitCode.OK;
        }
    }
}
