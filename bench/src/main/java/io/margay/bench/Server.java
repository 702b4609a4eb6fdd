package io.margay.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A gateway under measurement, in a process of its own; everything it left running is ended by process id. */
abstract class Server implements AutoCloseable {
    private static final int POLL_MILLIS = 20;
    private static final int START_SECONDS = 120;

    private static final String BUNDLES = "GET /system/console/bundles HTTP/1.1";

    final int port;
    private Process process;
    private long startedAt;

    Server(int port) {
        this.port = port;
    }

    /** The command as a person gives it. Its output goes to {@link #output}. */
    abstract ProcessBuilder command();

    abstract Path output();

    /** The header of an authenticated request; null as long as nobody can know it. */
    abstract String authorization() throws IOException;

    /** What is asked until it is up, then answered with 200. */
    String ready() {
        return BUNDLES;
    }

    /** The program that does the work, which a script may have started. */
    String program() {
        return "java";
    }

    /** Starts it; gives the milliseconds from the command to the first 200 of {@link #ready}. */
    final double start() throws IOException, InterruptedException {
        ProcessBuilder command = command().redirectErrorStream(true).redirectOutput(output().toFile());
        command.environment().remove("JAVA_TOOL_OPTIONS");
        startedAt = System.nanoTime();
        process = command.start();
        return awaitAnswer();
    }

    private double awaitAnswer() throws IOException, InterruptedException {
        while (status() != 200) {
            if (!process.isAlive()) {
                throw new IOException("it ended: " + Files.readString(output()));
            }
            if (System.nanoTime() - startedAt > START_SECONDS * 1_000_000_000L) {
                throw new IOException("no 200 within " + START_SECONDS + " s: " + Files.readString(output()));
            }
            Thread.sleep(POLL_MILLIS);
        }
        return (System.nanoTime() - startedAt) / 1e6;
    }

    /** Asks once more, as another user would; gives the milliseconds since the command. */
    final double withPassword(String basic) throws IOException {
        Answer answer = ask(BUNDLES, basic);
        if (answer.status() != 200) {
            throw new IOException("the password was answered with " + answer.status());
        }
        return (System.nanoTime() - startedAt) / 1e6;
    }

    private int status() throws IOException {
        String authorization = authorization();
        if (authorization == null) {
            return 0;
        }
        try {
            return ask(ready(), authorization).status();
        } catch (IOException e) {
            return 0; // not up yet
        }
    }

    /** An HTTP answer. */
    record Answer(int status, String body) {}

    /** One request on a connection of its own, without anything that an HTTP client would have to warm up first. */
    final Answer ask(String requestLine, String authorization) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write((requestLine + "\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: " + authorization
                            + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (!answer.startsWith("HTTP/1.1 ")) {
                throw new IOException("no HTTP answer");
            }
            int body = answer.indexOf("\r\n\r\n");
            return new Answer(Integer.parseInt(answer.substring(9, 12)), body < 0 ? "" : answer.substring(body + 4));
        }
    }

    /** The process behind the command, which may be a script's child: as a rule a JVM. */
    final ProcessHandle worker() throws IOException {
        return findWorker().orElseThrow(() -> new IOException("no " + program() + " under process " + process.pid()));
    }

    private Optional<ProcessHandle> findWorker() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .filter(this::isWorker)
                .findFirst();
    }

    private boolean isWorker(ProcessHandle handle) {
        return handle.info().command().orElse("").endsWith("/" + program());
    }

    /** Memory of its process, helpers not included. */
    final Memory memory() throws IOException {
        return Memory.of(worker().pid());
    }

    /** CPU time of the JVM so far, in milliseconds; unlike the time on the clock it hardly depends on what else runs. */
    final double cpuMillis() throws IOException {
        return worker().info()
                .totalCpuDuration()
                .orElseThrow(() -> new IOException("no CPU time of the JVM"))
                .toMillis();
    }

    /** Resident and proportional memory in megabytes (10⁶ bytes). */
    record Memory(double rss, double pss) {
        /** What {@code /proc/PID/smaps_rollup} says. */
        static Memory of(long pid) throws IOException {
            double rss = Double.NaN;
            double pss = Double.NaN;
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
                String[] words = line.split("\\s+");
                if (words[0].equals("Rss:")) {
                    rss = Long.parseLong(words[1]) * 1024 / 1e6;
                } else if (words[0].equals("Pss:")) {
                    pss = Long.parseLong(words[1]) * 1024 / 1e6;
                }
            }
            return new Memory(rss, pss);
        }
    }

    /** The JVM's options that rule its memory and its compilers, as it was started. */
    final String heapOptions() throws IOException {
        String line = Files.readString(Path.of("/proc/" + worker().pid() + "/cmdline"));
        List<String> found = Arrays.stream(line.split("\0"))
                .filter(word -> word.matches("-Xm.*|-Xss.*|-XX:.*(GC|Heap|RAM|CodeCache|Tier|Trim|Archive|AOT).*"))
                .map(word -> word.replaceFirst("=/.*/", "="))
                .toList();
        return found.isEmpty()
                ? "none: the JVM takes up to a quarter of the machine's memory"
                : String.join(" ", found);
    }

    /** Stops it in order, as SIGTERM does. */
    final void stop() throws IOException, InterruptedException {
        if (process == null) {
            return;
        }
        List<ProcessHandle> tree = process.descendants().toList();
        if (process.isAlive()) {
            findWorker().orElse(process.toHandle()).destroy();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
        for (ProcessHandle left : tree) {
            left.destroyForcibly();
        }
        process = null;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        stop();
    }
}
