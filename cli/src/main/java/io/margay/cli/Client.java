package io.margay.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Asks a gateway's REST API. Java's old HTTP client, as it is ready in a third of the new one's time. */
final class Client {
    /** Longer than anything the gateway does by itself. */
    static final Duration USUAL = Duration.ofSeconds(60);

    static final Duration DEPLOYMENT = Duration.ofMinutes(15);
    /** The gateway's own deadline counts. */
    static final Duration NO_LIMIT = Duration.ZERO;

    private static final int CONNECT_MILLIS = 5000;

    static {
        // A call that may have had an effect must not be made twice behind the user's back.
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final Home home;
    private final Home.Running gateway;

    Client(Home home) throws CliException {
        this.home = home;
        this.gateway = home.running();
    }

    Home.Running gateway() {
        return gateway;
    }

    Map<String, Object> get(String path) throws CliException {
        return json(send("GET", path, null, USUAL));
    }

    Map<String, Object> send(String method, String path, Object body) throws CliException {
        return json(send(method, path, body, USUAL));
    }

    /** Replaces what is there, if it is still the one of this digest. */
    Map<String, Object> replace(String path, Object body, String digest) throws CliException {
        byte[] bytes = Json.text(body).getBytes(StandardCharsets.UTF_8);
        return json(bytes("PUT", path, "application/json", bytes, USUAL, Map.of("If-Match", "\"" + digest + "\"")));
    }

    Map<String, Object> deploy(String method, String path, Object body) throws CliException {
        return json(send(method, path, body, DEPLOYMENT));
    }

    private byte[] send(String method, String path, Object body, Duration limit) throws CliException {
        byte[] bytes = body == null ? null : Json.text(body).getBytes(StandardCharsets.UTF_8);
        return bytes(method, path, "application/json", bytes, limit);
    }

    byte[] bytes(String method, String path, String type, byte[] body, Duration limit) throws CliException {
        return bytes(method, path, type, body, limit, Map.of());
    }

    private byte[] bytes(
            String method, String path, String type, byte[] body, Duration limit, Map<String, String> headers)
            throws CliException {
        try {
            HttpURLConnection connection = open(method, path, limit);
            headers.forEach(connection::setRequestProperty);
            if (body != null) {
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", type);
                // Sent once, not again: a gateway that ends in the middle is told as that, not as one that isn't there.
                connection.setFixedLengthStreamingMode(body.length);
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(body);
                }
            }
            check(connection);
            try (InputStream in = connection.getInputStream()) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    boolean has(String sha256) throws CliException {
        try {
            HttpURLConnection connection = open("HEAD", "/artefacts/" + sha256, USUAL);
            if (connection.getResponseCode() == 404) {
                return false;
            }
            check(connection);
            return true;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    void upload(String sha256, Path file, Progress progress) throws CliException {
        try {
            HttpURLConnection connection = open("PUT", "/artefacts/" + sha256, DEPLOYMENT);
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/octet-stream");
            long size = Files.size(file);
            connection.setFixedLengthStreamingMode(size);
            try (OutputStream out = connection.getOutputStream();
                    InputStream in = progress.counting(Files.newInputStream(file), size)) {
                in.transferTo(out);
            }
            check(connection);
            try (InputStream in = connection.getInputStream()) {
                in.readAllBytes();
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** An answer without an end. */
    InputStream stream(String path) throws CliException {
        try {
            HttpURLConnection connection = open("GET", path, Duration.ofSeconds(60));
            check(connection);
            return connection.getInputStream();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private HttpURLConnection open(String method, String path, Duration limit) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(gateway.url() + "/api/v1" + path).toURL().openConnection(Proxy.NO_PROXY);
        connection.setRequestMethod(method);
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout((int) limit.toMillis());
        connection.setRequestProperty("Authorization", "Bearer " + gateway.token());
        connection.setRequestProperty("Accept", "*/*");
        return connection;
    }

    private static void check(HttpURLConnection connection) throws IOException, CliException {
        int status = connection.getResponseCode();
        if (status / 100 == 2) {
            return;
        }
        byte[] body = {};
        try (InputStream in = connection.getErrorStream()) {
            if (in != null) {
                body = in.readAllBytes();
            }
        }
        String type = connection.getContentType();
        boolean isProblem = type != null && type.startsWith("application/problem+json");
        throw failure(status, isProblem ? Json.object(body) : Map.of());
    }

    static CliException failure(int status, Map<String, Object> problem) {
        String message = Json.string(problem, "detail");
        if (message.isEmpty()) {
            message = status == 404
                    ? "The gateway does not know this; it may still be starting, see: margay status"
                    : "The gateway answered " + status;
        }
        return new CliException(exitCode(status), message, problem);
    }

    private static int exitCode(int status) {
        return switch (status) {
            case 400, 413, 415, 422 -> ExitCode.BAD_INPUT;
            case 401, 403, 421 -> ExitCode.NOT_ALLOWED;
            case 404 -> ExitCode.NOT_FOUND;
            case 429, 504 -> ExitCode.TRY_AGAIN;
            default -> ExitCode.FAILED;
        };
    }

    private CliException broken(IOException e) {
        if (e instanceof ConnectException) {
            return home.noGateway();
        } else if (e instanceof SocketTimeoutException) {
            return new CliException(ExitCode.TRY_AGAIN, "The gateway did not answer in time; see: margay logs");
        } else if (e instanceof HttpRetryException retry) {
            return failure(retry.responseCode(), Map.of());
        }
        return new CliException(
                ExitCode.FAILED, "The connection to the gateway broke: " + e.getMessage() + "; see: margay status");
    }

    private static Map<String, Object> json(byte[] body) throws CliException {
        if (body.length == 0) {
            return Map.of();
        }
        try {
            return Json.object(body);
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "The gateway's answer is not JSON: " + e.getMessage());
        }
    }

    /**
     * One segment of a path.
     *
     * @throws CliException it is none: with such a one the path would lead to something else, and what is done to it be
     *     done to that
     */
    static String segment(String text) throws CliException {
        if (text.isEmpty() || text.equals(".") || text.equals("..")) {
            throw new CliException(ExitCode.BAD_INPUT, "'" + text + "' is no name");
        }
        return encode(text);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** {@code ?a=1&b=2} of names and values in turn; those without a value are left out. */
    static String query(List<String> namesAndValues) {
        StringBuilder query = new StringBuilder();
        for (int i = 0; i < namesAndValues.size(); i += 2) {
            String value = namesAndValues.get(i + 1);
            if (!value.isEmpty()) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(namesAndValues.get(i))
                        .append('=')
                        .append(encode(value));
            }
        }
        return query.toString();
    }
}
