package io.margay.rest.internal;

import static io.margay.rest.internal.Client.json;
import static io.margay.rest.internal.Client.send;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Secrets over HTTP: they go in. */
class SecretTest {
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new Gateway();
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private HttpResponse<byte[]> seal(Map<String, Object> body) throws Exception {
        return send(gateway, "POST", "/secrets/seal", body);
    }

    private void refused(String detail, Map<String, Object> body) throws Exception {
        HttpResponse<byte[]> answer = seal(body);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).get("detail").toString()).contains(detail).doesNotContain("hunter");
    }

    @Test
    void areSealedEachTimeInAnotherForm() throws Exception {
        HttpResponse<byte[]> answer = seal(Map.of("text", "hunter2"));
        assertThat(answer.statusCode()).isEqualTo(200);
        String sealed = json(answer).get("secret").toString();
        assertThat(sealed).startsWith("sealed:v1:");
        assertThat(json(seal(Map.of("text", "hunter2")))).doesNotContainValue(sealed);
        refused("'text' is wanted", Map.of());
        refused("'text' is wanted", Map.of("text", 5));
        refused("'text' is wanted", Map.of("text", "hunter2", "name", "x"));
        refused("a secret has 1 to 32768 bytes", Map.of("text", ""));
        refused("not 32774", Map.of("text", "hunter".repeat(5462) + "xx"));
    }

    @Test
    void comeBackSealedFromWhatIsKept() throws Exception {
        send(gateway, "POST", "/instances", Map.of("name", "edge"));
        Map<String, Object> plc =
                Map.of("name", "plc", "builtin", "modbus", "environment", Map.of("TOKEN", Map.of("secret", "hunter2")));
        HttpResponse<byte[]> added = send(gateway, "POST", "/instances/edge/drivers", plc);
        assertThat(added.statusCode()).isEqualTo(201);
        assertThat(new String(added.body(), StandardCharsets.UTF_8))
                .contains("sealed:v1:")
                .doesNotContain("hunter");
        assertThat(send(gateway, "PUT", "/instances/edge/drivers/plc", json(added))
                        .statusCode())
                .as("put back as it was got")
                .isEqualTo(200);
    }
}
