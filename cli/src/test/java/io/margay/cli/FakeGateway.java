package io.margay.cli;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Answers as a gateway would, and the command line that asks it. */
final class FakeGateway implements AutoCloseable {
    /** An answer. */
    record Answer(int status, String type, String body) {}

    final List<String> requests = new CopyOnWriteArrayList<>();
    final Map<String, byte[]> bodies = new ConcurrentHashMap<>();
    final Map<String, Headers> headers = new ConcurrentHashMap<>();
    final Path home;
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** What a person types; empty where there is none. */
    Optional<String> typed = Optional.empty();

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    /** Requests that are answered once another one was asked. */
    private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();

    private final Map<String, CountDownLatch> releases = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    FakeGateway(Path home) throws IOException {
        this.home = home;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/api/v1", this::answer);
        server.start();
        Files.createDirectories(home.resolve("run"));
        Files.writeString(
                home.resolve("run/gateway.json"),
                "{\"pid\":" + ProcessHandle.current().pid() + ",\"url\":\"http://127.0.0.1:"
                        + server.getAddress().getPort() + "\",\"version\":\"0.1.0\",\"started\":\"x\"}");
        Files.writeString(home.resolve("run/cli.token"), "secret\n");
    }

    void json(String request, String body) {
        answers.put(request, new Answer(200, "application/json", body));
    }

    void problem(String request, int status, String body) {
        answers.put(request, new Answer(status, "application/problem+json", body));
    }

    /** Answers a request only when the other one was asked meanwhile. */
    void holdUntil(String request, String other) {
        CountDownLatch latch = new CountDownLatch(1);
        held.put(request, latch);
        releases.put(other, latch);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("nobody asked what it waits for");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString().replaceFirst("^/api/v1", "");
        String request = exchange.getRequestMethod() + " " + path;
        bodies.put(request, exchange.getRequestBody().readAllBytes());
        headers.put(request, exchange.getRequestHeaders());
        requests.add(request);
        if (releases.containsKey(request)) {
            releases.get(request).countDown();
        }
        if (held.containsKey(request)) {
            await(held.get(request));
        }
        boolean known = "Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"));
        Answer answer = known
                ? answers.getOrDefault(
                        request, new Answer(404, "application/problem+json", "{\"detail\":\"not here\"}"))
                : new Answer(401, "application/problem+json", "{\"detail\":\"who are you\"}");
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        boolean none = exchange.getRequestMethod().equals("HEAD") || answer.status() == 204;
        exchange.sendResponseHeaders(answer.status(), none ? -1 : body.length == 0 ? -1 : body.length);
        if (!none) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    /** Runs a command on this gateway's home. */
    int run(String... arguments) {
        out.reset();
        err.reset();
        Map<String, String> environment = new HashMap<>(Map.of("MARGAY_HOME", home.toString()));
        Terminal terminal = new Terminal(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false,
                typed.map(text -> new BufferedReader(new StringReader(text))));
        return new Main(terminal, environment).run(arguments);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
