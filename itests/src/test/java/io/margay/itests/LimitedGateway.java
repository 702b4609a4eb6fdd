package io.margay.itests;

import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** A gateway whose functions are called and looked at by REST. */
final class LimitedGateway {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final String url;
    private final Rest rest;
    private final String authorization;

    /**
     * The answer to a call.
     *
     * @param retryAfter the header; null for none
     * @param millis from its begin
     */
    record Call(int status, String text, String retryAfter, long millis) {}

    LimitedGateway(Margay margay, Margay.Gateway gateway) throws IOException {
        url = gateway.url();
        rest = new Rest(margay, gateway);
        authorization = "Bearer "
                + Files.readString(margay.home().resolve("run/cli.token")).strip();
    }

    Call call(String function, String event, String timeout) throws Exception {
        return callLater(function, event, timeout).get();
    }

    CompletableFuture<Call> callLater(String function, String event, String timeout) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return send(function, event, timeout);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task, "caller").start());
    }

    private Call send(String function, String event, String timeout) throws IOException {
        URI uri = URI.create(url + "/api/v1/functions/" + function + "/invocations?timeout=" + timeout);
        long begun = System.nanoTime();
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setRequestProperty("Authorization", authorization);
        connection.setRequestProperty("Connection", "close");
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(event.getBytes(StandardCharsets.UTF_8));
        }
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Call(
                    status,
                    new String(in.readAllBytes(), StandardCharsets.UTF_8),
                    connection.getHeaderField("Retry-After"),
                    (System.nanoTime() - begun) / 1_000_000);
        } finally {
            connection.disconnect();
        }
    }

    Rest.Answer callService(String device, String service) throws IOException {
        return rest.send("POST", "/api/v1/devices/" + device + "/services/" + service, Map.of());
    }

    Map<String, Object> read(String device) throws IOException {
        return rest.get("/api/v1/devices/" + device + "/properties")
                .expectGood()
                .json();
    }

    Map<?, ?> workload(String id) throws IOException {
        List<?> all =
                (List<?>) rest.get("/api/v1/workloads").expectGood().json().get("workloads");
        return all.stream()
                .map(each -> (Map<?, ?>) each)
                .filter(each -> id.equals(each.get("id")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + id + " in " + all));
    }

    List<Long> processes(String id) throws IOException {
        return ((List<?>) workload(id).get("processes"))
                .stream().map(process -> ((Number) process).longValue()).toList();
    }

    void await(String id, Predicate<Map<?, ?>> wanted) throws Exception {
        Map<?, ?>[] last = new Map<?, ?>[1];
        Await.until(() -> id + " as wanted: " + Json.text(last[0]), SOON, () -> {
            last[0] = workload(id);
            return wanted.test(last[0]);
        });
    }

    /** Waits until so many calls of a function are in work and in its queue. */
    void awaitCalls(String function, int running, int queued) throws Exception {
        Await.until(running + " calls in " + function, SOON, () -> {
            Map<String, Object> status =
                    rest.get("/api/v1/functions/" + function).expectGood().json();
            return status.get("running").equals(running) && status.get("queued").equals(queued);
        });
    }

    void awaitLog(String workload, String words) throws Exception {
        String[] last = new String[1];
        Await.until(() -> "'" + words + "' in " + last[0], SOON, () -> {
            last[0] = rest.get("/api/v1/logs?workload=" + workload).expectGood().text();
            return last[0].contains(words);
        });
    }
}
