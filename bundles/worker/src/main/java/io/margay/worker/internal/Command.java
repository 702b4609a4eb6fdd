package io.margay.worker.internal;

import io.margay.model.Language;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The command line and the environment of a worker. */
record Command(List<String> line, Map<String, String> environment) {
    /** All that a worker inherits from the gateway. */
    private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "TZ");

    private static final Path SETSID = Path.of("/usr/bin/setsid");

    static Command of(WorkerSpec spec, Path socket, Settings settings) throws WorkloadException {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String name : INHERITED) {
            String value = System.getenv(name);
            if (value != null) {
                environment.put(name, value);
            }
        }
        environment.putAll(spec.environment());
        environment.put("MARGAY_SOCKET", socket.toString());
        environment.put("MARGAY_KIND", spec.workload().kind().word());
        environment.put("MARGAY_HANDLER", spec.handler());
        return switch (spec.language()) {
            case PYTHON ->
                python(
                        interpreter(spec.language(), "Python 3.8 or later (the package python3)", settings),
                        settings,
                        environment);
            case NODEJS ->
                node(
                        interpreter(spec.language(), "Node.js 12.17 or later (the package nodejs)", settings),
                        settings,
                        environment);
            case C -> program(spec.folder(), environment);
            case JAVA -> java(settings, new MemoryLimit(spec.memoryMegabytes()), environment);
        };
    }

    private static Path interpreter(Language language, String what, Settings settings) throws WorkloadException {
        Path interpreter = settings.interpreters().get(language);
        String property = "margay.runtime." + language.word();
        if (interpreter == null) {
            throw new WorkloadException("the runtime " + language.word() + " is missing on this gateway; install "
                    + what + " or set " + property + " to its path, and start the gateway again");
        }
        if (!Files.isExecutable(interpreter)) {
            throw new WorkloadException("the runtime " + language.word() + " is not there any more: " + property
                    + " is " + interpreter + "; install " + what + " and start the gateway again");
        }
        return interpreter;
    }

    private static Command python(Path interpreter, Settings settings, Map<String, String> environment)
            throws WorkloadException {
        Path sdk = settings.sdk().resolve("python");
        Path main = present(sdk.resolve("margay/__main__.py"));
        before(environment, "PYTHONPATH", sdk);
        if (!Files.isWritable(sdk.resolve("margay"))) {
            // Compiled modules must go somewhere, or each start compiles the SDK again.
            environment.putIfAbsent(
                    "PYTHONPYCACHEPREFIX",
                    settings.home().resolve("cache/python").toString());
        }
        return new Command(List.of(interpreter.toString(), "-u", main.toString()), environment);
    }

    private static Command node(Path interpreter, Settings settings, Map<String, String> environment)
            throws WorkloadException {
        Path sdk = settings.sdk().resolve("node");
        Path main = present(sdk.resolve("margay/bootstrap.js"));
        before(environment, "NODE_PATH", sdk);
        return new Command(leader(interpreter.toString(), main.toString()), environment);
    }

    /** Neither Node.js nor a JVM can make itself the leader of a session, as the Python SDK does. */
    private static List<String> leader(String... command) {
        List<String> line = new ArrayList<>(List.of(command));
        if (Files.isExecutable(SETSID)) {
            line.add(0, SETSID.toString());
        }
        return List.copyOf(line);
    }

    /** The gateway's own JVM and classes; its options are those of a small process, not of a short one. */
    private static Command java(Settings settings, MemoryLimit limit, Map<String, String> environment)
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
        return new Command(
                leader(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx" + limit.heapMegabytes() + "m",
                        // With a full heap it would go on as best it can.
                        "-XX:+ExitOnOutOfMemoryError",
                        "-Xss512k",
                        "-XX:-UsePerfData",
                        "-XX:ReservedCodeCacheSize=48m",
                        "-Dmargay.install=" + settings.install(),
                        "-Dmargay.cache=" + settings.home().resolve("cache"),
                        "-cp",
                        String.join(File.pathSeparator, paths),
                        "io.margay.launcher.Host"),
                environment);
    }

    /** The program is the package's own, and makes itself the leader of a session. */
    private static Command program(Path folder, Map<String, String> environment) {
        before(environment, "LD_LIBRARY_PATH", folder.resolve("lib"));
        return new Command(List.of(folder.resolve("main").toString()), environment);
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
