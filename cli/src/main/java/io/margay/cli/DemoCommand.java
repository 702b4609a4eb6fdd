package io.margay.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/** A gateway with a simulated boiler, from nothing to a live table, and nothing left behind. */
final class DemoCommand extends Command {
    private static final String PORT_IN_DOCUMENT = "\\b15020\\b";
    private static final Pattern LISTENING = Pattern.compile("(?m)^listening ([0-9]+)");
    private static final Pattern PASSWORD = Pattern.compile("(?m)^User (\\S+), password (\\S+)");
    private static final long START_SECONDS = 60;
    private static final long POLL_MILLIS = 40;
    private static final long LIVE_MILLIS = 500;
    private static final long PLAIN_MILLIS = 1000;

    DemoCommand() {
        super(
                "demo",
                "Run a gateway with a simulated boiler and show what happens; Ctrl-C leaves nothing behind.",
                "margay demo");
    }

    @Override
    void define(CommandSpec spec) {
        spec.addOption(optionSpec("N", "End by itself after N seconds.", "--seconds"));
    }

    @Override
    int run(Call call) throws Exception {
        long seconds = call.number("--seconds", 0, 1);
        Path install = call.install();
        Path demo = install.resolve("demo");
        if (!Files.isReadable(demo.resolve("boiler.yaml"))) {
            throw new CliException(
                    ExitCode.FAILED, "This installation has no demo (" + demo + " is missing); install Margay again.");
        }
        Terminal terminal = call.terminal();
        String temporary = call.environment().getOrDefault("TMPDIR", "");
        Path parent = Path.of(temporary.isEmpty() ? System.getProperty("java.io.tmpdir") : temporary);
        try (Children children = new Children(parent.toAbsolutePath(), "margay-demo", () -> leave(terminal))) {
            try {
                show(terminal, install, demo, children, seconds);
            } catch (CliException | IOException e) {
                // Ctrl-C takes the gateway away under our hands: that is no failure.
                if (!children.ended()) {
                    throw e;
                }
            }
        }
        return ExitCode.OK;
    }

    /** Called from the shutdown hook too, which is the last that runs after Ctrl-C. */
    private static void leave(Terminal terminal) {
        if (terminal.live()) {
            terminal.out().print(DemoView.LEAVE);
        }
        terminal.line("The demo has ended; nothing is left behind.");
        terminal.out().flush();
    }

    private static void show(Terminal terminal, Path install, Path demo, Children children, long seconds)
            throws IOException, CliException, InterruptedException {
        note(terminal, "starting a simulated boiler, a Modbus TCP server of its own …");
        Path slaveOutput = children.folder().resolve("slave.out");
        Process slave = children.start(redirected(slave(demo), slaveOutput));
        note(terminal, "starting the gateway …");
        Path gatewayOutput = children.folder().resolve("gateway.out");
        Home home = new Home(children.folder().resolve("home"));
        // Without containers: when the demo is killed nothing of it may stay.
        Process gateway = children.start(redirected(
                new ProcessBuilder(
                        install.resolve("bin/margay").toString(),
                        "start",
                        "--home",
                        home.path().toString(),
                        "--port",
                        "0",
                        "--set",
                        "margay.container.engine=off",
                        "--while-input"),
                gatewayOutput));
        String port = await("the simulated boiler", slave, slaveOutput, () -> match(LISTENING, slaveOutput));
        Client client = await("the gateway", gateway, gatewayOutput, () -> client(home));
        note(terminal, "applying demo/boiler.yaml …");
        String yaml = Files.readString(demo.resolve("boiler.yaml")).replaceAll(PORT_IN_DOCUMENT, port);
        // What comes with Margay need not prove itself: the first values are to be seen soon.
        DeployCommand.send(client, Progress.NONE, Document.of("boiler.yaml", yaml, demo), "?soak=0s", false);
        DemoView view = new DemoView(terminal, client, match(PASSWORD, gatewayOutput, "$1 / $2"), seconds, home.path());
        long end = seconds == 0 ? Long.MAX_VALUE : System.nanoTime() + seconds * 1_000_000_000L;
        while (!children.ended() && (seconds == 0 || System.nanoTime() - end < 0)) {
            if (!gateway.isAlive()) {
                throw ended("the gateway", gatewayOutput);
            }
            view.show();
            Thread.sleep(terminal.live() ? LIVE_MILLIS : PLAIN_MILLIS);
        }
    }

    private static void note(Terminal terminal, String text) {
        terminal.line(terminal.styled(Terminal.Style.DIM, text));
        terminal.out().flush();
    }

    private static ProcessBuilder redirected(ProcessBuilder builder, Path output) {
        // Standard input is a pipe from us: when we are killed it ends, and they with it.
        return builder.redirectErrorStream(true).redirectOutput(output.toFile());
    }

    private static ProcessBuilder slave(Path demo) throws IOException, CliException {
        String main = null;
        List<String> jars = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(demo.resolve("lib"), "*.jar")) {
            for (Path file : files) {
                jars.add(file.toString());
                try (JarFile jar = new JarFile(file.toFile())) {
                    String found = Optional.ofNullable(jar.getManifest())
                            .map(Manifest::getMainAttributes)
                            .map(attributes -> attributes.getValue(Attributes.Name.MAIN_CLASS))
                            .orElse(null);
                    main = found == null ? main : found;
                }
            }
        }
        if (main == null) {
            throw new CliException(
                    ExitCode.FAILED, "There is no program in " + demo.resolve("lib") + "; install Margay again.");
        }
        return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx48m",
                "-cp",
                String.join(System.getProperty("path.separator"), jars),
                main,
                // Any free port.
                "0");
    }

    private static <T> T await(String who, Process process, Path output, Supplier<Optional<T>> result)
            throws CliException, InterruptedException, IOException {
        long deadline = System.nanoTime() + START_SECONDS * 1_000_000_000L;
        while (System.nanoTime() - deadline < 0) {
            Optional<T> found = result.get();
            if (found.isPresent()) {
                return found.get();
            } else if (!process.isAlive()) {
                throw ended(who, output);
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw new CliException(
                ExitCode.TRY_AGAIN, who + " was not up within " + START_SECONDS + " s:\n" + Files.readString(output));
    }

    private static CliException ended(String who, Path output) throws IOException {
        return new CliException(ExitCode.FAILED, who + " has ended:\n" + Files.readString(output));
    }

    private static Optional<String> match(Pattern pattern, Path output) {
        return match(pattern, output, "$1");
    }

    private static Optional<String> match(Pattern pattern, Path output, String template) {
        try {
            Matcher matcher = pattern.matcher(Files.readString(output, StandardCharsets.UTF_8));
            return matcher.find()
                    ? Optional.of(matcher.group().replaceFirst(pattern.pattern(), template))
                    : Optional.empty();
        } catch (IOException e) {
            // Half a character at its end: the rest is still to come.
            return Optional.empty();
        }
    }

    /** A client once the gateway's API answers. */
    private static Optional<Client> client(Home home) {
        try {
            Client client = new Client(home);
            client.get("/status");
            return Optional.of(client);
        } catch (CliException e) {
            return Optional.empty();
        }
    }
}
