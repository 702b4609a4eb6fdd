package io.margay.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/** A command as it was called. */
final class Call {
    private final ParseResult root;
    private final ParseResult leaf;
    private final Terminal terminal;
    private final Map<String, String> environment;

    Call(ParseResult root, Terminal terminal, Map<String, String> environment) {
        this.root = root;
        this.terminal = terminal;
        this.environment = environment;
        ParseResult last = root;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        leaf = last;
    }

    Terminal terminal() {
        return terminal;
    }

    Map<String, String> environment() {
        return environment;
    }

    Object command() {
        return leaf.commandSpec().userObject();
    }

    boolean isHelp() {
        return any("--help");
    }

    ParseResult leaf() {
        return leaf;
    }

    boolean json() {
        return any("--json");
    }

    /** Common options stand before or after the command. */
    private boolean any(String option) {
        for (ParseResult at = root; at != null; at = at.subcommand()) {
            if (at.hasMatchedOption(option)) {
                return true;
            }
        }
        return false;
    }

    Home home() {
        String value = null;
        for (ParseResult at = root; at != null; at = at.subcommand()) {
            value = at.matchedOptionValue("--home", value);
        }
        return Home.of(value, environment);
    }

    Client client() throws CliException {
        return new Client(home());
    }

    boolean flag(String option) {
        return leaf.hasMatchedOption(option);
    }

    String option(String option, String otherwise) {
        return leaf.matchedOptionValue(option, otherwise);
    }

    /** All values of an option that may be given more than once. */
    List<String> options(String option) {
        return leaf.matchedOptionValue(option, List.<String>of());
    }

    long number(String option, long otherwise, long least) throws CliException {
        String text = leaf.matchedOptionValue(option, null);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new CliException(ExitCode.BAD_INPUT, option + " " + text + ": write a whole number");
        }
        throw new CliException(ExitCode.BAD_INPUT, option + " " + text + ": write " + least + " or more");
    }

    String parameter(int index) {
        return optional(index).orElseThrow();
    }

    Optional<String> optional(int index) {
        return Optional.ofNullable(leaf.matchedPositionalValue(index, (String) null));
    }

    /** All parameters from an index on. */
    List<String> rest(int index) {
        return leaf.matchedPositionalValue(index, List.<String>of());
    }

    /** Where Margay is unpacked. */
    Path install() throws CliException {
        String install = System.getProperty("margay.install");
        if (install == null) {
            throw new CliException(ExitCode.FAILED, "margay.install is not set; run bin/margay rather than Java");
        }
        return Path.of(install);
    }
}
