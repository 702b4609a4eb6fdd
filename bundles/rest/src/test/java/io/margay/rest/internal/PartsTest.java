package io.margay.rest.internal;

import static io.margay.rest.internal.Client.json;
import static io.margay.rest.internal.Client.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What runs is changed part by part: by a document of some parts, and functions one by one. */
class PartsTest {
    private static final byte[] CODE = "code".getBytes(StandardCharsets.UTF_8);
    private static final String DIGEST = ArtefactTest.sha256(CODE);
    private static final String PLC = """
            instance: any
            products: [{key: oven, model: {properties: []}}]
            drivers: [{name: plc, builtin: modbus}]
            devices: [{product: oven, name: oven-1, driver: plc}]
            """;

    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new Gateway();
        gateway.artefacts.put(DIGEST, CODE);
        put("", Map.of("document", "instance: any\ndrivers: [{name: modbus, builtin: modbus}]"), 200);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private Map<String, Object> put(String query, Map<String, ?> body, int status) throws Exception {
        return expect(send(gateway, "PUT", "/instance/parts" + query, body), status);
    }

    private static Map<String, Object> expect(HttpResponse<byte[]> response, int status) throws Exception {
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(status);
        return json(response);
    }

    private List<String> drivers() {
        return gateway.current.drivers().stream().map(EdgeInstance.Driver::name).toList();
    }

    @Test
    void partsJoinWhatRuns() throws Exception {
        put("?soak=0s", Map.of("document", PLC), 200);
        assertThat(drivers()).containsExactly("modbus", "plc");
        assertThat(gateway.current.name()).as("whatever the document's").isEqualTo("edge");
        assertThat(gateway.soaks).last().isEqualTo(Optional.of(Duration.ZERO));

        put("", Map.of("document", "instance: x\ndevices: [{product: oven, name: oven-2, driver: modbus}]"), 200);
        assertThat(gateway.current.devices()).hasSize(2);

        put("", Map.of("document", "instance: x\ndevices: [{product: oven, name: oven-2, driver: plc}]"), 200);
        assertThat(gateway.current.devicesOf("plc"))
                .as("one takes the other's place")
                .hasSize(2);
    }

    @Test
    void partsGo() throws Exception {
        put("", Map.of("document", PLC), 200);
        put(
                "?new=true",
                Map.of(
                        "document",
                        PLC.replace("oven-1", "oven-3"),
                        "remove",
                        Map.of(
                                "products",
                                List.of("oven"),
                                "drivers",
                                List.of("plc", "unknown"),
                                "devices",
                                List.of("oven/oven-1"))),
                200);
        assertThat(gateway.current.devices())
                .extracting(device -> device.id().deviceName())
                .containsExactly("oven-3");
        put("", Map.of("document", "instance: x", "remove", Map.of("drivers", List.of("modbus"))), 200);
        assertThat(drivers()).containsExactly("plc");
    }

    @Test
    void onlyNewPartsAreNoOthers() throws Exception {
        assertThat(put("?new=true", Map.of("document", PLC.replace("driver: plc", "driver: other")), 422))
                .as("a device of a driver that is not there")
                .containsKey("errors");
        Map<String, String> again = Map.of("document", "instance: x\ndrivers: [{name: modbus, builtin: modbus}]");
        assertThat(put("?new=true", again, 409).get("detail")).isEqualTo("the gateway runs driver modbus already");
        assertThat(drivers()).containsExactly("modbus");
    }

    @Test
    void faultsHaveTheirPlaceInTheDocumentOfTheParts() throws Exception {
        assertThat(put("", Map.of("document", "instance: x\ndrivers:\n- {name: plc, builtn: modbus}"), 422)
                        .get("errors")
                        .toString())
                .contains("line=3", "builtn");
        gateway.applyFails = new InvalidException("drivers[1].builtin", "there is no such one");
        assertThat(put("", Map.of("document", PLC), 422).get("errors"))
                .isEqualTo(List.of(Map.of(
                        "path", "drivers[0].builtin", "line", 3, "column", 32, "message", "there is no such one")));
        gateway.applyFails = new InvalidException("drivers[0].builtin", "it went");
        assertThat(put("", Map.of("document", PLC), 422).get("errors"))
                .as("a part that is not in the document")
                .isEqualTo(List.of(Map.of("path", "drivers[0].builtin", "message", "it went")));
    }

    @Test
    void wrongRequestsAreRefused() throws Exception {
        put("", Map.of("document", PLC, "remove", List.of()), 400);
        put("", Map.of("document", PLC, "remove", Map.of("things", List.of())), 400);
        put("", Map.of("document", PLC, "remove", Map.of("drivers", List.of(1))), 400);
        put("", Map.of("document", PLC, "more", 1), 400);
        put("", Map.of("remove", Map.of()), 400);
        put("?old=true", Map.of("document", PLC), 400);
    }

    @Test
    void functionsComeAndGoOneByOne() throws Exception {
        Map<String, Object> sum = Map.of("name", "sum", "artefact", DIGEST, "language", "python");
        HttpResponse<byte[]> installed = send(gateway, "POST", "/functions?soak=0s", sum);
        expect(installed, 201);
        assertThat(installed.headers().firstValue("Location")).contains("/api/v1/functions/sum");
        assertThat(expect(send(gateway, "POST", "/functions", sum), 409).get("detail"))
                .isEqualTo("there is a function sum already; update it instead");
        assertThat(gateway.soaks).last().isEqualTo(Optional.of(Duration.ZERO));
        expect(send(gateway, "PUT", "/functions/sum", Map.of("timeout", "7s")), 200);
        assertThat(gateway.current.function("sum").orElseThrow().timeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(expect(send(gateway, "PUT", "/functions/sum", Map.of("mode", "often")), 422)
                        .get("errors")
                        .toString())
                .contains("path=mode");
        expect(send(gateway, "PUT", "/functions/none", Map.of("timeout", "7s")), 404);

        put("", Map.of("document", "instance: x\nroutes: [{name: all, from: devices, to: {function: sum}}]"), 200);
        assertThat(expect(send(gateway, "DELETE", "/functions/sum", (byte[]) null), 409)
                        .get("detail"))
                .isEqualTo("function sum has 1 route, all; with ?routes=true they are removed too");
        expect(send(gateway, "DELETE", "/functions/sum?routes=true", (byte[]) null), 200);
        assertThat(gateway.current.functions()).isEmpty();
        assertThat(gateway.current.routes()).isEmpty();
        expect(send(gateway, "DELETE", "/functions/sum", (byte[]) null), 404);
    }
}
