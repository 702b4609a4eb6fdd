package io.margay.worker;

import io.margay.model.Language;
import io.margay.model.Limits;
import io.margay.model.WorkloadId;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How the process of a worker is started.
 *
 * @param directory the working one
 */
public record Command(List<String> line, Map<String, String> environment, Path directory) {
    /** The memory limit of the worker in Java that a spare can become: its heap is settled as it starts. */
    public static final int SPARE_MEGABYTES = Limits.defaultMemory(WorkloadId.Kind.FUNCTION);

    /** All that a worker inherits from the gateway. */
    private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "TZ");

    /** What each function is told; a JVM's context tells it, as in the gateway's own. */
    private static final Set<String> TOLD = Set.of("FUNCTION_ID", "FUNCTION_NAME");

    /** Variables that an interpreter or the C library reads once, as the process starts, begin so. */
    private static final List<String> FOR_INTERPRETER =
            List.of("PYTHON", "NODE", "UV_", "LANG", "LC_", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "SSL_", "HOME");

    /** The archive of classes from which this JVM itself has most of what another one loads, as options. */
    private static final List<String> OWN_ARCHIVE = ownArchive();

    /** See bin/margay, which gives them to the gateway. */
    private static final List<String> START_OPTIONS = List.of(
            "-XX:Tier4InvocationThreshold=50000",
            "-XX:Tier4MinInvocationThreshold=6000",
            "-XX:Tier4CompileThreshold=150000",
            "-XX:Tier4BackEdgeThreshold=400000");

    private static final String SOCKET = "MARGAY_SOCKET";
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    /** @param socket in the worker's own folder */
    public static Command of(WorkerSpec spec, Path socket, Settings settings) throws WorkloadException {
        return of(spec, socket, settings, inherited(socket), true);
    }

    /**
     * As in the gateway's surroundings, but with nothing of its environment, without what is secret, and not as the leader of a
     * session, which the first process of a container is anyway.
     *
     * @param settings with the interpreters of the container
     */
    public static Command inContainer(WorkerSpec spec, Path socket, Settings settings) throws WorkloadException {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("HOME", "/tmp");
        environment.put("LANG", "C.UTF-8");
        Command command = of(spec, socket, settings, environment, false);
        if (!spec.container().ports().isEmpty()) {
            command.environment.put("MARGAY_ANNOUNCE", "1");
        }
        return command;
    }

    private static Command of(
            WorkerSpec spec, Path socket, Settings settings, Map<String, String> environment, boolean onHost)
            throws WorkloadException {
        Map<String, String> own = new LinkedHashMap<>(spec.environment());
        if (!onHost) {
            own.keySet().removeAll(spec.secrets()); // now: what is put before the workload's own paths is no secret
        }
        environment.putAll(own);
        environment.put(SOCKET, socket.toString()); // whatever the workload says
        environment.put("MARGAY_KIND", spec.workload().kind().word());
        environment.put("MARGAY_HANDLER", spec.handler());
        return switch (spec.language()) {
            case PYTHON -> python(settings, environment, spec.folder(), onHost);
            case NODEJS -> node(settings, environment, spec.folder(), onHost);
            case C -> program(spec.folder(), environment);
            case JAVA -> {
                environment.keySet().removeAll(TOLD);
                yield java(
                        settings,
                        new MemoryLimit(spec.memoryMegabytes()),
                        environment,
                        socket.getParent(),
                        onHost,
                        "-Dmargay.folder=" + spec.folder());
            }
        };
    }

    /** A process that forks workers in Python. */
    public static Command pythonTemplate(Settings settings) throws WorkloadException {
        // As long as a path can be: each fork writes its own over it.
        String longest = settings.run() + "/" + "-".repeat(WorkerFolder.MAX_PATH);
        Command python = python(settings, inherited(Path.of(longest)), settings.run(), true);
        return python.with("--template");
    }

    /** A process that can become a worker, and has its socket already. */
    public static Command spare(Language language, Path socket, Settings settings) throws WorkloadException {
        Map<String, String> environment = inherited(socket);
        return language == Language.NODEJS
                ? node(settings, environment, socket.getParent(), true).with("--spare")
                : java(settings, new MemoryLimit(SPARE_MEGABYTES), environment, socket.getParent(), true);
    }

    /** Whether a process that is started before its worker is known can become this one. */
    public static boolean suitsTemplate(WorkerSpec spec) {
        Set<String> names = spec.environment().keySet();
        return spec.language() == Language.JAVA
                ? TOLD.containsAll(names) && spec.memoryMegabytes() == SPARE_MEGABYTES
                : names.stream().noneMatch(name -> FOR_INTERPRETER.stream().anyMatch(name::startsWith));
    }

    private static Map<String, String> inherited(Path socket) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String name : INHERITED) {
            String value = System.getenv(name);
            if (value != null) {
                environment.put(name, value);
            }
        }
        environment.put(SOCKET, socket.toString());
        return environment;
    }

    /** The archive of classes that this JVM uses; empty where it has none. */
    public static Optional<Path> archive() {
        return OWN_ARCHIVE.stream()
                .filter(option -> option.contains("="))
                .map(option -> Path.of(option.substring(option.indexOf('=') + 1)))
                .findFirst();
    }

    /** This command of a JVM, with {@link #archive}. */
    public Command withArchive() {
        List<String> longer = new ArrayList<>(line);
        longer.addAll(1, OWN_ARCHIVE);
        return new Command(longer, environment, directory);
    }

    private Command with(String argument) {
        List<String> longer = new ArrayList<>(line);
        longer.add(argument);
        return new Command(longer, environment, directory);
    }

    /** @throws WorkloadException the system does not start it */
    public Process start(ProcessBuilder.Redirect input, ProcessBuilder.Redirect errors) throws WorkloadException {
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(directory.toFile())
                .redirectInput(input)
                .redirectError(errors);
        try {
            builder.environment().clear();
            builder.environment().putAll(environment);
            return builder.start();
        } catch (IOException | IllegalArgumentException e) {
            throw new WorkloadException("no process can be started of " + line.get(0) + ": " + e.getMessage(), e);
        }
    }

    /** @param onHost else it is one of a container, where nobody can look, and may be a name for the path in there */
    private static Path interpreter(Language language, String what, Settings settings, boolean onHost)
            throws WorkloadException {
        Path interpreter = settings.interpreters().get(language);
        String property = "margay.runtime." + language.word();
        if (interpreter == null) {
            throw new WorkloadException("the runtime " + language.word() + " is missing on this gateway; install "
                    + what + " or set " + property + " to its path, and start the gateway again");
        }
        if (onHost && !Files.isExecutable(interpreter)) {
            throw new WorkloadException("the runtime " + language.word() + " is not there any more: " + property
                    + " is " + interpreter + "; install " + what + " and start the gateway again");
        }
        return interpreter;
    }

    private static Command python(Settings settings, Map<String, String> environment, Path directory, boolean onHost)
            throws WorkloadException {
        Path interpreter = interpreter(Language.PYTHON, "Python 3.8 or later (the package python3)", settings, onHost);
        Path sdk = settings.sdk().resolve("python");
        Path main = present(sdk.resolve("margay/__main__.py"));
        before(environment, "PYTHONPATH", sdk);
        if (!Files.isWritable(sdk.resolve("margay"))) {
            // Compiled modules must go somewhere, or each start compiles the SDK again.
            environment.putIfAbsent(
                    "PYTHONPYCACHEPREFIX",
                    settings.home().resolve("cache/python").toString());
        }
        return new Command(List.of(interpreter.toString(), "-u", main.toString()), environment, directory);
    }

    private static Command node(Settings settings, Map<String, String> environment, Path directory, boolean onHost)
            throws WorkloadException {
        Path interpreter =
                interpreter(Language.NODEJS, "Node.js 12.17 or later (the package nodejs)", settings, onHost);
        Path sdk = settings.sdk().resolve("node");
        Path main = present(sdk.resolve("margay/bootstrap.js"));
        before(environment, "NODE_PATH", sdk);
        return new Command(leader(onHost, interpreter.toString(), main.toString()), environment, directory);
    }

    /** Neither Node.js nor a JVM can make itself the leader of a session, as the Python SDK does. */
    private static List<String> leader(boolean onHost, String... command) {
        List<String> line = new ArrayList<>(List.of(command));
        if (onHost && Files.isExecutable(SETSID)) {
            line.add(0, SETSID.toString());
        }
        return List.copyOf(line);
    }

    /**
     * The gateway's own JVM and classes; its options are those of a small process, not of a short one. It works in the folder
     * of its socket, as a spare does, which can't change to another.
     */
    private static Command java(
            Settings settings,
            MemoryLimit limit,
            Map<String, String> environment,
            Path directory,
            boolean onHost,
            String... options)
            throws WorkloadException {
        Path folder = settings.install().resolve("lib/launcher");
        String[] jars = folder.toFile().list((parent, name) -> name.endsWith(".jar"));
        if (jars == null || jars.length == 0) {
            throw new WorkloadException("the gateway's installation is not complete: " + folder + " has no jars");
        }
        Arrays.sort(jars);
        List<String> paths = new ArrayList<>();
        for (String jar : jars) {
            paths.add(folder.resolve(jar).toString());
        }
        Path own = Path.of(System.getProperty("java.home"), "bin/java");
        Path java = onHost ? own : settings.interpreters().getOrDefault(Language.JAVA, own);
        List<String> line = new ArrayList<>(leader(
                onHost,
                java.toString(),
                "-XX:+UseSerialGC",
                "-Xmx" + limit.heapMegabytes() + "m",
                // With a full heap it would go on as best it can.
                "-XX:+ExitOnOutOfMemoryError",
                "-Xss512k",
                "-XX:-UsePerfData",
                "-XX:ReservedCodeCacheSize=48m",
                "-Dmargay.install=" + settings.install(),
                "-Dmargay.cache=" + (onHost ? settings.home().resolve("cache") : settings.home())));
        if (onHost) {
            line.addAll(OWN_ARCHIVE);
        } else {
            // No spare waits for a container, so its start counts: as in the gateway's own JVM, what a start calls
            // often is
            // not compiled as what is called often ever after.
            line.addAll(START_OPTIONS);
            // The folder of its socket can't be written to in there.
            line.add("-Dmargay.storage=" + settings.home().resolve("felix"));
        }
        line.addAll(List.of(options));
        line.addAll(List.of("-cp", String.join(File.pathSeparator, paths), "io.margay.launcher.Host"));
        return new Command(line, environment, directory);
    }

    /** What bin/margay gave this JVM, as it has checked it; nothing where it gave none. */
    private static List<String> ownArchive() {
        try {
            return Arrays.stream(Files.readString(Path.of("/proc/self/cmdline")).split("\0"))
                    .filter(option -> option.startsWith("-XX:SharedArchiveFile=") || option.startsWith("-XX:AOTCache="))
                    .flatMap(option -> Stream.of(option, "-Xlog:disable"))
                    .toList();
        } catch (IOException e) {
            return List.of(); // no Linux
        }
    }

    /** The program is the package's own, and makes itself the leader of a session. */
    private static Command program(Path folder, Map<String, String> environment) {
        before(environment, "LD_LIBRARY_PATH", folder.resolve("lib"));
        return new Command(List.of(folder.resolve("main").toString()), environment, folder);
    }

    private static Path present(Path file) throws WorkloadException {
        if (!Files.isRegularFile(file)) {
            throw new WorkloadException("the gateway's installation is not complete: " + file + " is missing");
        }
        return file;
    }

    private static void before(Map<String, String> environment, String name, Path folder) {
        environment.merge(name, folder.toString(), (given, ours) -> ours + File.pathSeparator + given);
    }
}
