package io.margay.cli;

import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Tells the version of this command line; a gateway's is in its status. */
final class VersionCommand extends Command {
    VersionCommand() {
        super("version", "Show the version.", "margay version");
    }

    @Override
    void define(CommandSpec spec) {
        // Nothing beside the common options.
    }

    @Override
    int run(Call call) {
        String version = Main.class.getPackage().getImplementationVersion();
        String text = version == null ? "unknown" : version.replace("-SNAPSHOT", "");
        String java = Runtime.version().toString();
        call.terminal()
                .line(
                        call.json()
                                ? Json.text(Map.of("version", text, "java", java))
                                : "Margay " + text + " (Java " + java + ")");
        return ExitCode.OK;
    }
}
