package io.margay.worker.internal;

import io.margay.model.Language;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The command line and the environment of a worker. */
record Command(List<String> line, Map<String, String> environment) {
    /** All that a worker inherits from the gateway. */
    private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "TZ");

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
            case JAVA ->
                throw new WorkloadException("Java can't run in a process of its own yet; use isolation: bundle");
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
        Path setsid = Path.of("/usr/bin/setsid");
        // Node.js can't make itself the leader of a session, as the Python SDK does.
        return Files.isExecutable(setsid)
                ? new Command(List.of(setsid.toString(), interpreter.toString(), main.toString()), environment)
                : new Command(List.of(interpreter.toString(), main.toString()), environment);
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
