package io.margay.bench;

import io.margay.spi.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A container engine: its API, with a connection for each request, and its command line. */
final class DockerEngine {
    private static final int PATIENCE_SECONDS = 60;
    private static final int POLL_MILLIS = 20;

    final Path socket;

    DockerEngine(Path socket) {
        this.socket = socket;
    }

    /** As the gateway is told it. */
    String setting() {
        return "margay.container.engine = unix://" + socket;
    }

    // The API.

    /** An answer; what is not JSON is text. */
    private record Answer(int status, String body) {}

    private Answer ask(String method, String path, Object body) throws IOException {
        try (SocketChannel channel = open(method, path, body)) {
            String all = read(channel, null);
            int head = all.indexOf("\r\n\r\n");
            if (!all.startsWith("HTTP/1.") || head < 0) {
                throw new IOException(method + " " + path + ": no HTTP answer");
            }
            return new Answer(Integer.parseInt(all.substring(9, 12)), all.substring(head + 4));
        }
    }

    private SocketChannel open(String method, String path, Object body) throws IOException {
        byte[] content = body == null ? new byte[0] : Json.write(body);
        // The older version of HTTP has no chunks.
        byte[] head = (method + " " + path + " HTTP/1.0\r\nHost: engine\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + content.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer request = ByteBuffer.allocate(head.length + content.length);
            request.put(head).put(content).flip();
            while (request.hasRemaining()) {
                channel.write(request);
            }
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** @param until the text at which it is enough; null for all */
    private static String read(SocketChannel channel, String until) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(16_384);
        String text = "";
        while ((until == null || !text.contains(until)) && channel.read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            buffer.clear();
            text = until == null ? "" : all.toString(StandardCharsets.UTF_8);
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private String send(String method, String path, Object body) throws IOException {
        Answer answer = ask(method, path, body);
        if (answer.status() >= 300) {
            throw new IOException(method + " " + path + ": " + answer.status() + " " + answer.body());
        }
        return answer.body();
    }

    /** What the API tells of a container; empty where there is none. */
    Optional<Map<String, Object>> inspect(String container) throws IOException {
        Answer answer = ask("GET", "/containers/" + container + "/json", null);
        return answer.status() == 404
                ? Optional.empty()
                : Optional.of(Json.readObject(answer.body().getBytes(StandardCharsets.UTF_8)));
    }

    /** The ids of all containers, running or not, whose names begin so. */
    List<String> containers(String prefix) throws IOException {
        List<String> found = new ArrayList<>();
        Object all = Json.read(send("GET", "/containers/json?all=1", null).getBytes(StandardCharsets.UTF_8));
        for (Object each : (List<?>) all) {
            Map<?, ?> container = (Map<?, ?>) each;
            for (Object name : (List<?>) container.get("Names")) {
                if (name.toString().startsWith("/" + prefix)) {
                    found.add((String) container.get("Id"));
                }
            }
        }
        return found;
    }

    String create(String name, Map<String, Object> container) throws IOException {
        String path = "/containers/create" + (name.isEmpty() ? "" : "?name=" + name);
        return (String) Json.readObject(send("POST", path, container).getBytes(StandardCharsets.UTF_8))
                .get("Id");
    }

    void start(String container) throws IOException {
        send("POST", "/containers/" + container + "/start", null);
    }

    void pause(String container) throws IOException {
        send("POST", "/containers/" + container + "/pause", null);
    }

    void unpause(String container) throws IOException {
        send("POST", "/containers/" + container + "/unpause", null);
    }

    void remove(String container) throws IOException {
        send("DELETE", "/containers/" + container + "?force=1&v=1", null);
    }

    /**
     * Creates a container, follows its output and starts it, as {@code docker run} does, but without a process for it.
     *
     * @return the time until the output is there, in nanoseconds; it is gone when this returns
     */
    long run(Plain plain, String output) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        String id = create("", plain.document(true));
        try (SocketChannel channel = open("POST", "/containers/" + id + "/attach?stream=1&stdout=1", null)) {
            read(channel, "\r\n\r\n");
            start(id);
            if (!read(channel, output).contains(output)) {
                throw new IOException(plain + " ended without a word");
            }
        }
        long nanos = System.nanoTime() - begun;
        awaitGone(id);
        return nanos;
    }

    private void awaitGone(String id) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (inspect(id).isPresent()) {
            if (System.nanoTime() > end) {
                throw new IOException("container " + id + " does not go");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    // The command line.

    private ProcessBuilder docker(List<String> arguments) {
        List<String> line = new ArrayList<>(List.of("docker", "--host", "unix://" + socket));
        line.addAll(arguments);
        return new ProcessBuilder(line).redirectErrorStream(true);
    }

    /** @return the time until the command has ended, in nanoseconds */
    long command(List<String> arguments) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        Process process = docker(arguments).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("docker " + String.join(" ", arguments) + ": " + said);
        }
        return System.nanoTime() - begun;
    }

    /** @return the time until the output is there, in nanoseconds; the command has ended when this returns */
    long runCommand(Plain plain, String output) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("run", "--rm"));
        arguments.addAll(plain.arguments());
        long begun = System.nanoTime();
        Process process = docker(arguments).start();
        try (var lines = process.inputReader()) {
            String line = lines.readLine();
            long nanos = System.nanoTime() - begun;
            if (!output.equals(line) || process.waitFor() != 0) {
                throw new IOException("docker " + String.join(" ", arguments) + ": " + line);
            }
            return nanos;
        }
    }
}
