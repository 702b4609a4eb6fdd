package io.margay.itests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A Modbus slave of pymodbus in a process of its own, and what it was asked. */
final class ModbusPeer implements AutoCloseable {
    private static final String PACKAGES = "import pymodbus.server, pymodbus.payload, serial, serial_asyncio";

    /** What it was asked, in order, for example {@code read input 0 27}. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    private final Process process;
    private final Thread reader;
    private final CountDownLatch ready = new CountDownLatch(1);

    private ModbusPeer(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "modbus-peer");
    }

    /** The first Python that has pymodbus: Debian's own may not be the first on the path. */
    static Optional<String> python() throws Exception {
        for (String python : List.of("python3", "/usr/bin/python3")) {
            try {
                Process process = new ProcessBuilder(python, "-c", PACKAGES)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() == 0) {
                    return Optional.of(python);
                }
            } catch (IOException e) {
                System.out.println("no " + python + ": " + e.getMessage());
            }
        }
        return Optional.empty();
    }

    /** Copies the script to a folder. */
    static Path script(Path folder) throws IOException {
        Path script = folder.resolve("peer.py");
        try (InputStream in = ModbusPeer.class.getResourceAsStream("/modbus/peer.py")) {
            Files.copy(in, script);
        }
        return script;
    }

    /** Returns when it serves. */
    static ModbusPeer start(String python, Path script, String... arguments) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(python, script.toString());
        builder.command().addAll(List.of(arguments));
        ModbusPeer peer = new ModbusPeer(
                builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
        peer.reader.start();
        if (!peer.ready.await(30, TimeUnit.SECONDS) || !peer.process.isAlive()) {
            peer.close();
            throw new AssertionError("the slave does not start: " + peer.requests);
        }
        return peer;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("ready")) {
                    ready.countDown();
                } else {
                    requests.add(line);
                }
            }
        } catch (IOException e) {
            requests.add("the slave's output broke: " + e);
        } finally {
            ready.countDown();
        }
    }

    @Override
    public void close() throws Exception {
        process.destroyForcibly().waitFor();
        reader.join();
    }
}
