package io.margay.rest.internal;

import static io.margay.rest.internal.Client.get;
import static io.margay.rest.internal.Client.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import io.margay.telemetry.LogStore;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.event.Level;

@Timeout(20)
class LogTest {
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new Gateway();
        for (int i = 1; i <= 5; i++) {
            gateway.log(entry(i));
        }
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private static LogStore.LogRecord entry(long sequence) {
        return new LogStore.LogRecord(
                sequence, 17, sequence % 2 == 0 ? Level.WARN : Level.INFO, "driver:modbus", "logger", "m" + sequence);
    }

    private static List<?> records(HttpResponse<byte[]> response) throws Exception {
        assertThat(response.statusCode()).isEqualTo(200);
        return (List<?>) json(response).get("records");
    }

    @Test
    void givesTheNewest() throws Exception {
        assertThat(records(get(gateway, "/logs"))).hasSize(5);
        assertThat(records(get(gateway, "/logs?level=warn&after=2")))
                .extracting("sequence")
                .containsExactly(4);
        assertThat(records(get(gateway, "/logs?limit=2"))).extracting("message").containsExactly("m4", "m5");
    }

    @Test
    void namesBadQuestions() throws Exception {
        for (String query : List.of("level=loud", "workload=modbus", "limit=many", "limit=-1", "follow=perhaps")) {
            HttpResponse<byte[]> response = get(gateway, "/logs?" + query);
            assertThat(response.statusCode()).as(query).isEqualTo(400);
            assertThat(json(response).get("detail").toString()).contains(query.substring(0, query.indexOf('=')));
        }
    }

    @Test
    void followsFromTheNewestOn() throws Exception {
        HttpResponse<java.io.InputStream> response = Client.stream(gateway, "/logs?follow=true&limit=2");
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/x-ndjson");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).contains("\"m4\"");
            assertThat(lines.readLine()).contains("\"m5\"");
            for (int i = 6; i <= 1000; i++) {
                gateway.log(entry(i));
            }
            for (int i = 6; i <= 1000; i++) {
                assertThat(Json.readObject(lines.readLine().getBytes(StandardCharsets.UTF_8)))
                        .containsEntry("sequence", i);
            }
        }
    }

    @Test
    void tellsASlowClientWhatItMissed() throws Exception {
        HttpResponse<java.io.InputStream> response = Client.stream(gateway, "/logs?follow=true");
        String message = "x".repeat(10_000);
        for (int i = 6; i <= 20_000; i++) {
            gateway.log(new LogStore.LogRecord(i, 17, Level.INFO, "", "logger", message));
        }
        boolean told = false;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && !told; line = lines.readLine()) {
                told = line.startsWith("{\"dropped\":");
            }
        }
        assertThat(told).isTrue();
    }

    @Test
    void endsWithTheApi() throws Exception {
        HttpResponse<java.io.InputStream> response = Client.stream(gateway, "/logs?follow=true&limit=1");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).contains("m5");
            gateway.stopApi();
            assertThat(lines.readLine()).isNull();
        }
        assertThat(gateway.followers).isEmpty();
    }
}
