package io.margay.itests;

import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/** A gateway's REST API and web console, each request on a connection of its own. */
final class Rest {
    private static final int PATIENCE_MILLIS =
            (int) Await.patience(Duration.ofSeconds(60)).toMillis();

    private final String url;
    private final String authorization;

    /**
     * What came back.
     *
     * @param requestId of a function's call; else null
     * @param errorType of a function's call that failed; else null
     */
    record Answer(int status, byte[] body, String requestId, String errorType) {
        boolean good() {
            return status < 400;
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        Map<String, Object> json() throws IOException {
            return Json.readObject(body);
        }

        /** @throws AssertionError it was refused */
        Answer expectGood() {
            if (!good()) {
                throw new AssertionError(status + " " + text());
            }
            return this;
        }
    }

    Rest(Margay margay, Margay.Gateway gateway) throws IOException {
        this(
                gateway.url(),
                "Bearer "
                        + Files.readString(margay.home().resolve("run/cli.token"))
                                .strip());
    }

    private Rest(String url, String authorization) {
        this.url = url;
        this.authorization = authorization;
    }

    /** The same gateway, asked by a person. */
    Rest withPassword(String user, String password) {
        String both = user + ":" + password;
        return new Rest(url, "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
    }

    /** @throws IOException the gateway is gone */
    Answer get(String path) throws IOException {
        return ask("GET", path, "", null, Map.of());
    }

    /** How the container engine is. */
    String engineState() throws IOException {
        Map<?, ?> engine = (Map<?, ?>) get("/api/v1/status").expectGood().json().get("containerEngine");
        return String.valueOf(engine.get("state"));
    }

    /**
     * @param path from the root on, so that the web console can be asked too
     * @throws IOException the gateway is gone
     */
    Answer send(String method, String path, String type, byte[] body) throws IOException {
        return send(method, path, type, body, Map.of());
    }

    /** @param headers further ones */
    Answer send(String method, String path, String type, byte[] body, Map<String, String> headers) throws IOException {
        return ask(method, path, type, body, headers);
    }

    Answer send(String method, String path, Object json) throws IOException {
        return ask(method, path, "application/json", Json.write(json), Map.of());
    }

    private Answer ask(String method, String path, String type, byte[] body, Map<String, String> headers)
            throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url + path).toURL().openConnection();
        connection.setRequestProperty("Authorization", authorization);
        connection.setRequestProperty("Connection", "close");
        headers.forEach(connection::setRequestProperty);
        connection.setRequestMethod(method);
        connection.setReadTimeout(PATIENCE_MILLIS);
        connection.setInstanceFollowRedirects(false);
        if (body != null) {
            connection.setRequestProperty("Content-Type", type);
            connection.setDoOutput(true);
            connection.setFixedLengthStreamingMode(body.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
        }
        int status = connection.getResponseCode();
        if (status < 0) {
            throw new IOException("what came is no HTTP");
        }
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Answer(
                    status,
                    in == null ? new byte[0] : in.readAllBytes(),
                    connection.getHeaderField("X-Request-Id"),
                    connection.getHeaderField("X-Margay-Error-Type"));
        } finally {
            connection.disconnect();
        }
    }
}
