package io.margay.itests;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** The demo's boiler behind a real Modbus server, in a process of its own. */
final class SimulatedBoiler implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("(?m)^listening (\\d+)");

    private final Margay.Running running;
    private final int port;

    private SimulatedBoiler(Margay.Running running, int port) {
        this.running = running;
        this.port = port;
    }

    /** Starts it on any free port; it ends with {@code margay} at the latest. */
    static SimulatedBoiler start(Margay margay) throws Exception {
        Margay.Running running = margay.start(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx48m",
                        "-cp",
                        Margay.INSTALL.resolve("demo/lib").resolve("*").toString(),
                        "io.margay.demo.boiler.BoilerSlave",
                        "0")
                .redirectErrorStream(true));
        return new SimulatedBoiler(running, Integer.parseInt(running.await(LISTENING)));
    }

    int port() {
        return port;
    }

    @Override
    public void close() throws Exception {
        running.process().destroy();
        running.exitCode();
    }
}
