package io.margay.itests;

import io.margay.spi.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The shipped {@code bin/margay} as people call it, on a home of its own. Its processes end with it. */
final class Margay implements AutoCloseable {
    static final Path INSTALL = Path.of(System.getProperty("margay.install"));

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern UP = Pattern.compile("is up: (http://127\\.0\\.0\\.1:\\d+)/system/console");
    private static final Pattern PASSWORD = Pattern.compile("User admin, password (\\S+)");

    /** What is put before each command. */
    private final List<String> as;

    private final Path install;
    private final Path folder;
    private final Path home;
    private final Path temporary;
    private final List<Process> processes = new ArrayList<>();
    private int outputs;

    /** What a command left. */
    record Result(int code, String out, String err) {
        /** @throws AssertionError it did not end with this code */
        Result expect(int expected) {
            if (code != expected) {
                throw new AssertionError("exit code " + code + " rather than " + expected + "\n" + out + err);
            }
            return this;
        }

        /** Standard output, which {@code --json} makes one line of JSON. */
        Map<String, Object> json() throws IOException {
            return Json.readObject(out.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** A command that runs, and where its output goes. */
    record Running(Process process, Path output) {
        String text() throws IOException {
            return Files.readString(output);
        }

        /** Waits until the output, up to now, holds a match, and gives its first group. */
        String await(Pattern pattern) throws Exception {
            Await.until(() -> pattern + " in " + readable(), PATIENCE, () -> {
                if (pattern.matcher(text()).find()) {
                    return true;
                } else if (!process.isAlive() && !pattern.matcher(text()).find()) {
                    throw new AssertionError("it ended with " + process.exitValue() + ": " + text());
                }
                return false;
            });
            Matcher matcher = pattern.matcher(text());
            matcher.find();
            return matcher.group(matcher.groupCount() == 0 ? 0 : 1);
        }

        private String readable() {
            try {
                return text();
            } catch (IOException e) {
                return e.toString();
            }
        }

        /** @param name such as {@code INT} */
        void signal(String name) throws Exception {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        }

        int exitCode() throws Exception {
            if (!process.waitFor(Await.patience(PATIENCE).toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("it does not end: " + text());
            }
            return process.exitValue();
        }
    }

    /** @param folder for the home, for temporary files, and for what commands write */
    Margay(Path folder) throws IOException {
        this(folder, INSTALL, List.of());
    }

    private Margay(Path folder, Path install, List<String> as) throws IOException {
        this.as = as;
        this.install = install;
        this.folder = folder;
        this.home = folder.resolve("home");
        this.temporary = Files.createDirectories(folder.resolve("tmp"));
    }

    /** One of another user than the tests', with a copy of what is installed, as that may be where the user can't look. */
    static Margay as(String user, String group, Path folder) throws Exception {
        Path install = folder.resolve("install");
        execute("cp", "--recursive", INSTALL.toString(), install.toString());
        List<String> as = List.of("setpriv", "--reuid", user, "--regid", group, "--clear-groups");
        // Not what only the tests' own user may run.
        Margay margay = new Margay(
                folder,
                install,
                Stream.concat(as.stream(), Stream.of("env", "PATH=/usr/bin:/bin"))
                        .toList());
        execute("chown", "--recursive", user + ":" + group, folder.toString());
        execute("chmod", "o+x", folder.getParent().toString());
        return margay;
    }

    private static void execute(String... command) throws Exception {
        int code = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (code != 0) {
            throw new AssertionError(List.of(command) + " ended with " + code);
        }
    }

    Path home() {
        return home;
    }

    /** The folder for temporary files. */
    Path temporary() {
        return temporary;
    }

    /** Runs a command on the home to its end. */
    Result run(String... arguments) throws Exception {
        return pipe("", arguments);
    }

    /** As {@link #run}, with what the command finds on standard input. */
    Result pipe(String input, String... arguments) throws Exception {
        int number = outputs++;
        Path in = Files.writeString(folder.resolve("in-" + number), input);
        Path err = folder.resolve("err-" + number);
        Running running = start(builder(arguments).redirectInput(in.toFile()).redirectError(err.toFile()));
        int code = running.exitCode();
        return new Result(code, running.text(), Files.readString(err));
    }

    /** Runs a command again and again until its answer is as wanted. */
    Result await(Predicate<Result> wanted, String... arguments) throws Exception {
        Result[] last = new Result[1];
        Await.until(() -> List.of(arguments) + " as wanted: " + last[0], PATIENCE, () -> {
            last[0] = run(arguments);
            return wanted.test(last[0]);
        });
        return last[0];
    }

    /** Starts a command that goes on; standard error goes to its output too. */
    Running start(String... arguments) throws IOException {
        return start(builder(arguments).redirectErrorStream(true));
    }

    /** Starts any program, to be ended with the others. */
    Running start(ProcessBuilder builder) throws IOException {
        Path out = folder.resolve("out-" + outputs++);
        Process process = builder.redirectOutput(out.toFile()).start();
        processes.add(process);
        return new Running(process, out);
    }

    /** Starts a command on a terminal of its own; what is written to its standard input is typed there. */
    Running startOnTerminal(String... arguments) throws IOException {
        ProcessBuilder builder = builder(arguments);
        String line = builder.command().stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ", "exec ", ""));
        builder.environment().put("TERM", "xterm");
        return start(builder.command("script", "--quiet", "--return", "--command", line, "/dev/null")
                .redirectErrorStream(true));
    }

    /** {@code margay} on the home, with Ctrl-C not ignored even when the tests run in the background of a shell. */
    private ProcessBuilder builder(String... arguments) {
        List<String> command = new ArrayList<>(as);
        command.addAll(List.of("env", "--default-signal=INT"));
        command.add(install.resolve("bin/margay").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("MARGAY_HOME", home.toString());
        builder.environment().put("TMPDIR", temporary.toString());
        return builder;
    }

    /** A gateway that answers. */
    record Gateway(Running running, String url, String password) {}

    /** Starts the gateway on any free port and waits until it is up. It watches deployments only when it is told to. */
    Gateway startGateway() throws Exception {
        return startGateway(Map.of());
    }

    /**
     * @param environment more of it for the gateway
     * @param options further ones, which win over those of all gateways: without a container engine, whatever there is on
     *     this machine
     */
    Gateway startGateway(Map<String, String> environment, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("start", "--port", "0"));
        for (String setting :
                List.of("margay.archive=off", "margay.deployment.soak=0s", "margay.container.engine=off")) {
            arguments.addAll(List.of("--set", setting));
        }
        arguments.addAll(List.of(options));
        ProcessBuilder builder = builder(arguments.toArray(String[]::new));
        builder.environment().putAll(environment);
        Running running = start(builder.redirectErrorStream(true));
        String url = running.await(UP);
        Matcher password = PASSWORD.matcher(running.text());
        return new Gateway(running, url, password.find() ? password.group(1) : "");
    }

    @Override
    public void close() {
        for (Process process : processes) {
            List<ProcessHandle> below = process.descendants().toList();
            process.destroy();
            if (!ends(process)) {
                process.destroyForcibly();
            }
            below.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static boolean ends(Process process) {
        try {
            return process.waitFor(Await.patience(PATIENCE).toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
