package io.margay.bench;

import io.margay.bench.sample.Hello;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a function's process would be without a gateway: the interpreter, or a program in C, and next to nothing in it. */
final class BareProcess {
    static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin/java").toString();

    private static final int PATIENCE_SECONDS = 60;
    private static final int SETTLE_MILLIS = 3000;

    private final String name;
    private final List<String> ends;
    private final List<String> waits;

    private BareProcess(String name, List<String> ends, List<String> waits) {
        this.name = name;
        this.ends = ends;
        this.waits = waits;
    }

    /** @param hello a compiled program in C that ends at once, and with an argument when its input ends */
    static BareProcess of(Kind kind, Path hello) throws IOException {
        return switch (kind) {
            case JAVA_BUNDLE, JAVA_PROCESS -> {
                String classes = Path.of(Hello.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .getPath())
                        .toString();
                yield ofProgram(
                        "java Hello", JAVA, "-XX:+UseSerialGC", "-Xshare:auto", "-cp", classes, Hello.class.getName());
            }
            case PYTHON -> {
                String python = PythonCalls.interpreter().toString();
                yield new BareProcess(
                        "python3 -c pass",
                        List.of(python, "-c", "pass"),
                        List.of(python, "-c", "import sys; sys.stdin.read()"));
            }
            case NODEJS ->
                new BareProcess(
                        "node -e 0", List.of("node", "-e", "0"), List.of("node", "-e", "process.stdin.resume()"));
            case C -> ofProgram("hello in C", hello.toString());
        };
    }

    private static BareProcess ofProgram(String name, String... line) {
        List<String> waits = new ArrayList<>(List.of(line));
        waits.add("wait");
        return new BareProcess(name, List.of(line), waits);
    }

    String name() {
        return name;
    }

    /** @return the time from its start to its end, in nanoseconds */
    long run() throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(ends).start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(name + " did not end well");
        }
        return System.nanoTime() - start;
    }

    /** What it takes while it waits for its input, which ends at the latest with this JVM. */
    Server.Memory memory() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(waits).start();
        try {
            Thread.sleep(SETTLE_MILLIS);
            return Server.Memory.of(process.pid());
        } finally {
            process.destroy();
            process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
