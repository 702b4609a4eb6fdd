package io.margay.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One command: how it is written and what it does. Built by hand rather than from annotations: the command line is
 * started anew for each command, and reflection is what costs most in that.
 */
abstract class Command {
    private final String name;
    private final String summary;
    private final String example;

    Command(String name, String summary, String example) {
        this.name = name;
        this.summary = summary;
        this.example = example;
    }

    /** Adds options and parameters. */
    abstract void define(CommandSpec spec);

    /** @return the exit code */
    abstract int run(Call call) throws Exception;

    final CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name(name);
        spec.usageMessage().description(summary).footer("", "Example:", "  " + example.replace("\n", "\n  "));
        define(spec);
        common(spec);
        return spec;
    }

    final String name() {
        return name;
    }

    /** Options that each command has, before or after its name. */
    static void common(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("--home")
                .paramLabel("DIR")
                .type(String.class)
                .description("The gateway's folder (default: $MARGAY_HOME, else ~/.margay).")
                .build());
        spec.addOption(flagSpec("Write JSON for programs.", "--json"));
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help.")
                .build());
    }

    static OptionSpec flagSpec(String description, String... names) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
    }

    static OptionSpec optionSpec(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** One that may be given more than once. */
    static OptionSpec optionsSpec(String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    static PositionalParamSpec parameterSpec(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .paramLabel(label)
                .type(String.class)
                .required(true)
                .description(description)
                .build();
    }

    static PositionalParamSpec optionalSpec(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("0..1")
                .paramLabel(label)
                .type(String.class)
                .description(description)
                .build();
    }

    static PositionalParamSpec restSpec(int from, String label, String description) {
        return PositionalParamSpec.builder()
                .index(from + "..*")
                .arity("0..*")
                .paramLabel(label)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(description)
                .build();
    }
}
