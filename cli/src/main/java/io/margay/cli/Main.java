package io.margay.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line {@code margay}. */
public final class Main {
    private final Terminal terminal;
    private final Map<String, String> environment;

    Main(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    public static void main(String[] arguments) {
        // UTF-8 whatever the locale says: so are the values and units of devices.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        Map<String, String> environment = System.getenv();
        int code = new Main(Terminal.of(out, err, environment), environment).run(arguments);
        out.flush();
        System.exit(code);
    }

    int run(String... arguments) {
        boolean json = Arrays.asList(arguments).contains("--json");
        CommandLine line = new CommandLine(root(Set.of(arguments.length == 0 ? new String[] {""} : dedupe(arguments))));
        // @FILE is an event here, not a file of options.
        line.setExpandAtFiles(false);
        line.setUsageHelpWidth(100).setUsageHelpLongOptionsMaxWidth(30);
        try {
            Call call = new Call(line.parseArgs(arguments), terminal, environment);
            if (call.isHelp()) {
                help(call.leaf().commandSpec().commandLine());
                return ExitCode.OK;
            }
            if (call.command() instanceof Command command) {
                return command.run(call);
            }
            help(call.leaf().commandSpec().commandLine());
            return ExitCode.BAD_INPUT;
        } catch (ParameterException e) {
            return usageError(e, json);
        } catch (CliException e) {
            return failure(e, json);
        } catch (Exception e) {
            return failure(new CliException(ExitCode.FAILED, "This should not have happened: " + e), json);
        } catch (OutOfMemoryError e) {
            return failure(
                    new CliException(ExitCode.FAILED, "The memory of this command is used up; ask for less."), json);
        } finally {
            terminal.out().flush();
        }
    }

    private static String[] dedupe(String[] arguments) {
        return Arrays.stream(arguments).distinct().toArray(String[]::new);
    }

    private void help(CommandLine line) {
        terminal.out().print(line.getUsageMessage(terminal.colours() ? Ansi.ON : Ansi.OFF));
    }

    private int usageError(ParameterException e, boolean json) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        StringBuilder message = new StringBuilder(e.getMessage());
        if (e instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                message.append("; did you mean: ").append(String.join(", ", suggestions));
            }
        }
        message.append("\nSee: ").append(command).append(" --help");
        return failure(new CliException(ExitCode.BAD_INPUT, message.toString()), json);
    }

    private int failure(CliException e, boolean json) {
        if (json) {
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("exitCode", e.exitCode());
            error.put("message", e.getMessage());
            if (!e.problem().isEmpty()) {
                error.put("problem", e.problem());
            }
            terminal.err().print(Json.text(Map.of("error", error)) + "\n");
        } else {
            terminal.err().print(e.getMessage() + "\n");
        }
        return e.exitCode();
    }

    /** @param words only the commands among them are built, all where there is none */
    private static CommandSpec root(Set<String> words) {
        Map<String, Supplier<CommandSpec>> commands = new LinkedHashMap<>();
        commands.put("start", () -> new StartCommand().spec());
        commands.put("stop", () -> new StopCommand().spec());
        commands.put("status", () -> new StatusCommand().spec());
        commands.put("health", () -> new HealthCommand().spec());
        commands.put("plan", () -> new DeployCommand(true).spec());
        commands.put("apply", () -> new DeployCommand(false).spec());
        commands.put("deploy", () -> new DeployInstanceCommand().spec());
        commands.put("instance", Main::instance);
        commands.put(
                "deployment",
                () -> group("deployment", "Deployments: list, show, log, rollback.", DeploymentCommands.all()));
        commands.put("driver", () -> code("driver", "Drivers: what runs, and the catalogue.", DriverCommands.all()));
        commands.put("device", () -> group("device", "Devices: list, get, set, call.", DeviceCommands.all()));
        commands.put(
                "function", () -> code("function", "Functions: what runs, and the catalogue.", FunctionCommands.all()));
        commands.put("route", () -> group("route", "Routes: list.", List.of(new RouteListCommand())));
        commands.put("timer", () -> group("timer", "Timers: list, preview.", TimerCommands.all()));
        commands.put("secret", () -> group("secret", "Secrets for documents: seal.", SecretCommands.all()));
        commands.put("logs", () -> new LogsCommand().spec());
        commands.put("backup", () -> new BackupCommand().spec());
        commands.put("restore", () -> new RestoreCommand().spec());
        commands.put("demo", () -> new DemoCommand().spec());
        commands.put("version", () -> new VersionCommand().spec());
        boolean some = commands.keySet().stream().anyMatch(words::contains);
        CommandSpec root = CommandSpec.create().name("margay");
        commands.forEach((name, spec) -> {
            if (!some || words.contains(name)) {
                root.addSubcommand(name, spec.get());
            }
        });
        root.usageMessage()
                .description("Runs drivers and functions on this gateway.")
                .footer(
                        "",
                        "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 not found, 4 no gateway runs,",
                        "5 timeout or too busy, 6 not allowed.",
                        "",
                        "Example:",
                        "  margay demo");
        Command.common(root);
        return root;
    }

    /** What runs and what is in the catalogue, of one kind. */
    private static CommandSpec code(String kind, String summary, List<Command> running) {
        List<Command> commands = new ArrayList<>(running);
        commands.addAll(CatalogCommands.all(kind));
        CommandSpec group = group(kind, summary, commands);
        group.addSubcommand(
                "version",
                group("version", "Versions in the catalogue: add, edit, delete.", CatalogVersionCommands.all(kind)));
        return group;
    }

    /** The edge instances that the gateway keeps. */
    private static CommandSpec instance() {
        List<Command> commands = new ArrayList<>(InstanceCommands.all());
        commands.addAll(InstanceDocumentCommands.all());
        commands.addAll(InstanceDriverCommands.all());
        CommandSpec group = group("instance", "Edge instances: made and edited here, deployed later.", commands);
        Map<String, List<Command>> parts = new LinkedHashMap<>();
        parts.put("product", InstancePartCommands.products());
        parts.put("device", InstancePartCommands.devices());
        parts.put("function", InstancePartCommands.functions());
        parts.put("route", InstancePartCommands.routes());
        parts.forEach(
                (kind, all) -> group.addSubcommand(kind, group(kind, "The " + kind + "s of an edge instance.", all)));
        return group;
    }

    private static CommandSpec group(String name, String summary, List<Command> commands) {
        CommandSpec group = CommandSpec.create().name(name);
        commands.forEach(command -> group.addSubcommand(command.name(), command.spec()));
        group.usageMessage().description(summary);
        Command.common(group);
        return group;
    }
}
