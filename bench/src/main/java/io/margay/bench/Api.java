package io.margay.bench;

import io.margay.spi.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A gateway's REST API, as its command line uses it. */
final class Api {
    private final HttpClient client = HttpClient.newHttpClient();
    private final MargayServer margay;

    Api(MargayServer margay) {
        this.margay = margay;
    }

    String send(String method, String path) throws IOException, InterruptedException {
        return send(method, path, new byte[0]);
    }

    String send(String method, String path, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + margay.port + "/api/v1" + path))
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Authorization", margay.authorization())
                .header("Content-Type", path.startsWith("/artefacts") ? "application/octet-stream" : "application/json")
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    /** @return its digest, by which it is asked for */
    String upload(byte[] file) throws IOException, InterruptedException {
        String sha256 = sha256(file);
        send("PUT", "/artefacts/" + sha256, file);
        return sha256;
    }

    /** Makes the gateway run these functions and nothing else. */
    void apply(List<Map<String, Object>> functions) throws IOException, InterruptedException {
        String document = Json.text(Map.of("instance", "bench", "functions", functions));
        send("PUT", "/instance?soak=0s", Json.write(Map.of("document", document)));
    }

    /** How many instances of a function there are. */
    int instances(String function) throws IOException, InterruptedException {
        Map<String, Object> status =
                Json.readObject(send("GET", "/functions/" + function).getBytes(StandardCharsets.UTF_8));
        return ((Number) status.get("instances")).intValue();
    }

    /** The processes of all functions together; templates are none of them. */
    List<Long> processes() throws IOException, InterruptedException {
        return workloads().stream().flatMap(each -> processes(each).stream()).toList();
    }

    List<Long> processes(String function) throws IOException, InterruptedException {
        return workloads().stream()
                .filter(each -> function.equals(each.get("name")))
                .flatMap(each -> processes(each).stream())
                .toList();
    }

    private static List<Long> processes(Map<?, ?> workload) {
        return ((List<?>) workload.get("processes"))
                .stream().map(pid -> ((Number) pid).longValue()).toList();
    }

    private List<? extends Map<?, ?>> workloads() throws IOException, InterruptedException {
        Map<String, Object> all = Json.readObject(send("GET", "/workloads").getBytes(StandardCharsets.UTF_8));
        return ((List<?>) all.get("workloads"))
                .stream().map(each -> (Map<?, ?>) each).toList();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each JDK has SHA-256", e);
        }
    }
}
