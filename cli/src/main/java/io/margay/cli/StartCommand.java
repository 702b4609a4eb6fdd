package io.margay.cli;

import picocli.CommandLine.Model.CommandSpec;

/** Stands here for its help; {@code bin/margay} hands {@code start} to the launcher. */
final class StartCommand extends Command {
    StartCommand() {
        super("start", "Start the gateway and stay with it until Ctrl-C.", "margay start --port 8181");
    }

    @Override
    void define(CommandSpec spec) {
        spec.addOption(optionSpec("N", "HTTP port on 127.0.0.1, 0 for any free one.", "--port"));
        spec.addOption(flagSpec("Make a new password for the user admin and show it.", "--reset-password"));
    }

    @Override
    int run(Call call) throws CliException {
        throw new CliException(ExitCode.BAD_INPUT, "write the command first: margay start [options]");
    }
}
