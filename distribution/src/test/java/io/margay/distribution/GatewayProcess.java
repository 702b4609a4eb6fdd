package io.margay.distribution;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The assembled gateway as people run it: {@code bin/margay start} in a process of its own. */
final class GatewayProcess implements AutoCloseable {
    private static final Pattern UP = Pattern.compile("is up: (http://127\\.0\\.0\\.1:\\d+)/system/console");

    final Process process;
    final List<String> lines = new ArrayList<>();
    String url;

    private GatewayProcess(Process process) {
        this.process = process;
    }

    static GatewayProcess start(Path home, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of("target/margay/bin/margay").toAbsolutePath().toString());
        command.addAll(List.of("start", "--home", home.toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return new GatewayProcess(builder.start());
    }

    /** Reads what it says until it is up, or ends. */
    GatewayProcess awaitUp() throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        String line;
        while (url == null && (line = reader.readLine()) != null) {
            lines.add(line);
            Matcher matcher = UP.matcher(line);
            if (matcher.find()) {
                url = matcher.group(1);
            }
        }
        return this;
    }

    /** The HTTP status of a page. */
    int status(String path, String authorization) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** Waits for the end. */
    int exitCode() throws IOException, InterruptedException {
        awaitUp();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IOException("the gateway does not end");
        }
        return process.exitValue();
    }

    /** As SIGTERM does. */
    int terminate() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IOException("the gateway does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
