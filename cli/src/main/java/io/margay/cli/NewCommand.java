package io.margay.cli;

import io.margay.model.Language;
import io.margay.model.Limits;
import io.margay.model.Word;
import io.margay.model.WorkloadId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Makes the folder of a new driver or function. */
final class NewCommand extends Command {
    private final WorkloadId.Kind kind;

    NewCommand(WorkloadId.Kind kind) {
        super(
                "new",
                "Make a project: code that works, and what is needed to try it.",
                "margay " + kind.word() + " new " + (kind == WorkloadId.Kind.DRIVER ? "oven" : "alarm")
                        + " --language python");
        this.kind = kind;
    }

    @Override
    void define(CommandSpec spec) {
        spec.addPositional(parameterSpec(0, "NAME", "The " + kind.word() + "'s name on the gateway."));
        spec.addOption(optionSpec("LANGUAGE", "python, nodejs, java or c.", "--language"));
        spec.addOption(optionSpec("DIR", "The project's folder (default: NAME). No file in it is replaced.", "--dir"));
    }

    @Override
    int run(Call call) throws CliException {
        String name = name(call.parameter(0));
        Language language = language(call.option("--language", ""));
        Path folder = Path.of(call.option("--dir", name));
        try {
            new Template(call.install(), kind, language).copy(name, folder);
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, folder + " can't be written: " + e);
        }
        Terminal terminal = call.terminal();
        if (call.json()) {
            terminal.line(Json.text(Map.of("folder", folder.toString())));
        } else {
            terminal.line(folder + " is made; its README.md says how to go on. Run it on a gateway with:");
            terminal.line("  margay " + kind.word() + " run " + folder);
        }
        return ExitCode.OK;
    }

    private static Language language(String word) throws CliException {
        try {
            return Word.of(Language.class, word);
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    ExitCode.BAD_INPUT,
                    (word.isEmpty() ? "Say" : "'" + word + "' is no language here; say")
                            + " what it is to be written in: --language python, nodejs, java or c");
        }
    }

    private String name(String text) throws CliException {
        try {
            return Limits.name(kind, text);
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.BAD_INPUT, e.getMessage());
        }
    }
}
