package io.margay.rest.internal;

import static io.margay.rest.internal.Client.get;
import static io.margay.rest.internal.Client.json;
import static io.margay.rest.internal.Client.request;
import static io.margay.rest.internal.Client.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.margay.deployer.Plan.Finding;
import io.margay.deployer.Plan.Severity;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.spi.Json;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The edge instances that are kept, over HTTP. */
class EdgeInstanceTest {
    private static final String EDGE = "/instances/edge";

    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new Gateway();
        assertThat(send(gateway, "POST", "/instances", Map.of("name", "edge")).statusCode())
                .isEqualTo(201);
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private int status(String method, String path, Map<String, ?> body) throws Exception {
        return send(gateway, method, path, body == null ? null : Json.write(body))
                .statusCode();
    }

    private void refused(int status, String kind, String detail, HttpResponse<byte[]> answer) throws Exception {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json(answer)).containsEntry("type", "urn:margay:problem:" + kind);
        assertThat(json(answer).get("detail").toString()).contains(detail);
    }

    @Test
    void isMadeEditedAndDeletedPartByPart() throws Exception {
        Map<String, Object> plc = new LinkedHashMap<>(Map.of("name", "plc", "builtin", "modbus"));
        HttpResponse<byte[]> added = send(gateway, "POST", EDGE + "/drivers", plc);
        assertThat(added.statusCode()).isEqualTo(201);
        assertThat(added.headers().firstValue("Location")).contains("/api/v1/instances/edge/drivers/plc");
        assertThat(json(added)).isEqualTo(plc);
        Map<String, Object> device = Map.of("product", "boiler", "name", "boiler-1", "driver", "plc");
        assertThat(status("POST", EDGE + "/devices", device)).isEqualTo(201);
        assertThat(json(get(gateway, EDGE + "/devices/boiler/boiler-1"))).isEqualTo(device);
        assertThat(json(send(gateway, "PUT", EDGE + "/devices/boiler/boiler-1", Map.of("config", Map.of("unit", 1)))))
                .containsEntry("config", Map.of("unit", 1));
        assertThat(status(
                        "POST", EDGE + "/products", Map.of("key", "boiler", "model", Map.of("properties", List.of()))))
                .isEqualTo(201);
        assertThat(status(
                        "POST",
                        EDGE + "/functions",
                        Map.of("name", "sum", "catalog", Map.of("function", "sum", "version", "1"))))
                .isEqualTo(201);
        assertThat(status(
                        "POST",
                        EDGE + "/routes",
                        Map.of("name", "r", "from", "devices", "to", Map.of("function", "sum"))))
                .isEqualTo(201);
        assertThat(json(get(gateway, EDGE + "/routes")).toString()).contains("name=r");

        refused(409, "conflict", "has a driver plc already", send(gateway, "POST", EDGE + "/drivers", plc));
        refused(404, "not-found", "no driver x", send(gateway, "PUT", EDGE + "/drivers/x", Map.of()));
        refused(404, "not-found", "no route x", get(gateway, EDGE + "/routes/x"));
        refused(404, "not-found", "no edge instance hall", get(gateway, "/instances/hall"));
        HttpResponse<byte[]> wrong = send(gateway, "PUT", EDGE + "/drivers/plc", Map.of("colour", "red"));
        refused(422, "invalid", "colour: unknown key 'colour'", wrong);
        refused(409, "conflict", "?devices=true", send(gateway, "DELETE", EDGE + "/drivers/plc", (byte[]) null));
        assertThat(status("DELETE", EDGE + "/drivers/plc?devices=true", null)).isEqualTo(204);
        assertThat(json(get(gateway, EDGE + "/devices"))).isEqualTo(Map.of("devices", List.of()));
        assertThat(gateway.applied).as("nothing that runs changed").isEmpty();
        assertThat(status("DELETE", EDGE, null)).isEqualTo(204);
        assertThat((List<?>) json(get(gateway, "/instances")).get("instances")).isEmpty();
    }

    @Test
    void aLostUpdateIsRefused() throws Exception {
        String tag = get(gateway, EDGE).headers().firstValue("ETag").orElseThrow();
        byte[] plc = Json.write(Map.of("name", "plc", "builtin", "modbus"));
        HttpResponse<byte[]> first =
                send(request(gateway, "POST", EDGE + "/drivers", plc).header("If-Match", tag));
        assertThat(first.statusCode()).isEqualTo(201);
        byte[] document = Json.write(Map.of("document", "{\"instance\": \"edge\"}"));
        refused(
                412,
                "changed",
                "was changed meanwhile",
                send(request(gateway, "PUT", EDGE, document).header("If-Match", tag)));
        refused(412, "changed", "", send(request(gateway, "DELETE", EDGE, null).header("If-Match", tag)));
        refused(
                400,
                "bad-request",
                "with its quotes",
                send(request(gateway, "PUT", EDGE, document).header("If-Match", tag.replace("\"", ""))));
        assertThat(json(get(gateway, EDGE + "/drivers/plc"))).containsEntry("builtin", "modbus");
        String now = first.headers().firstValue("ETag").orElseThrow();
        assertThat(send(request(gateway, "PUT", EDGE, document).header("If-Match", now))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aGatewayIsBoundToOneAndDeploysIt() throws Exception {
        String id = (String) json(get(gateway, "/status")).get("gateway");
        assertThat(id).hasSize(36);
        refused(
                409,
                "conflict",
                "margay instance bind edge",
                send(gateway, "POST", EDGE + "/deploy?plan=" + Gateway.PLAN, (byte[]) null));
        assertThat(json(send(gateway, "PUT", EDGE + "/binding", (byte[]) null)))
                .isEqualTo(Map.of("gateway", id, "bound", "edge"));
        send(gateway, "POST", "/instances", Map.of("name", "other"));
        refused(409, "conflict", "margay instance unbind edge", send(gateway, "PUT", "/instances/other/binding", (byte
                        [])
                null));
        refused(409, "conflict", "unbind it first", send(gateway, "DELETE", EDGE, (byte[]) null));

        send(gateway, "POST", EDGE + "/drivers", Map.of("name", "plc", "builtin", "modbus"));
        refused(409, "plan-changed", "no longer plan beef", send(gateway, "POST", EDGE + "/deploy?plan=beef", (byte[])
                null));
        assertThat(gateway.applied).isEmpty();
        assertThat(json(send(gateway, "POST", EDGE + "/plan", (byte[]) null))).containsEntry("id", Gateway.PLAN);
        assertThat(status("POST", EDGE + "/deploy?plan=" + Gateway.PLAN, null)).isEqualTo(200);
        assertThat(gateway.applied).hasSize(1);
        assertThat(gateway.applied.get(0).driver("plc")).isPresent();
        assertThat(json(get(gateway, EDGE))).containsEntry("state", "deployed").containsEntry("bound", true);
        send(gateway, "POST", EDGE + "/drivers", Map.of("name", "two", "builtin", "modbus"));
        assertThat(json(get(gateway, "/instances")).get("instances").toString())
                .contains("name=edge", "state=changed", "drivers=2", "state=not-deployed");

        assertThat(json(send(gateway, "DELETE", EDGE + "/binding", (byte[]) null)))
                .isEqualTo(Map.of("gateway", id));
    }

    @Test
    void aPlanTellsItsFindingsWithTheirLines() throws Exception {
        gateway.findings = List.of(new Finding(Severity.WARNING, "driver plc", new Fault("drivers[0]", "too large")));
        Map<String, Object> plan = json(send(gateway, "POST", "/instance/plan", Map.of("document", "{}")));
        assertThat(plan)
                .containsEntry("id", Gateway.PLAN)
                .containsEntry(
                        "findings",
                        List.of(Map.of(
                                "severity",
                                "warning",
                                "resource",
                                "driver plc",
                                "path",
                                "drivers[0]",
                                "line",
                                1,
                                "column",
                                1,
                                "message",
                                "too large")))
                .containsEntry(
                        "restarts",
                        List.of(Map.of(
                                "kind", "function", "name", "sum", "how", "exclusive", "longestGapMillis", 36_000)))
                .containsEntry(
                        "needs",
                        Map.of("diskBytes", 3, "diskFreeBytes", 4, "memoryMegabytes", 512, "machineMegabytes", 1024));
        gateway.applyFails = new InvalidException("drivers[0]", "wrong");
        refused(422, "invalid", "wrong", send(gateway, "PUT", "/instance", Map.of("document", "{}")));
        gateway.applyFails = null;
        refused(409, "plan-changed", "", send(gateway, "PUT", "/instance?plan=x", Map.of("document", "{}")));
        assertThat(status("PUT", "/instance?plan=" + Gateway.PLAN, Map.of("document", "{}")))
                .isEqualTo(200);
    }

    private static final String HALF = "{name: half, cron: '30 * * * *', zone: Europe/Berlin, payload: p}";

    private static String document(String timers) {
        return "instance: hall\nfunctions:\n  - {name: sum, catalog: {function: sum, version: '1'}, timers: [" + timers
                + "]}\n";
    }

    private static void firesAtHalfPast(Map<String, Object> timer) {
        assertThat(timer)
                .containsEntry("function", "sum")
                .containsEntry("name", "half")
                .containsEntry("cron", "30 * * * *")
                .containsEntry("zone", "Europe/Berlin")
                .containsEntry(
                        "hint",
                        "'30 * * * *' is minute 30 of each hour; did you mean '*/30 * * * *' (every 30 minutes)?")
                .doesNotContainKey("error");
        assertThat((List<?>) timer.get("next")).hasSize(5).allSatisfy(time -> assertThat((String) time)
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:30\\+0[12]:00"));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> timers(HttpResponse<byte[]> answer) throws Exception {
        return (List<Map<String, Object>>) json(answer).get("timers");
    }

    @Test
    void whoEntersATimerIsToldWhenItFires() throws Exception {
        assertThat(timers(send(gateway, "POST", "/instances", Map.of("name", "yard"))))
                .isEmpty();
        Map<String, Object> body = Map.of("name", "hall", "document", document(HALF));
        List<Map<String, Object>> made = timers(send(gateway, "POST", "/instances", body));
        assertThat(made).hasSize(1);
        firesAtHalfPast(made.get(0));
        assertThat(made.get(0)).containsOnlyKeys("function", "name", "cron", "zone", "next", "hint");

        // Of a document in the place of another one, what is new or changes.
        String never = "{name: never, cron: '0 0 31 2 *'}";
        List<Map<String, Object>> replaced =
                timers(send(gateway, "PUT", "/instances/hall", Map.of("document", document(HALF + "," + never))));
        assertThat(replaced).hasSize(1);
        assertThat(replaced.get(0))
                .containsEntry("name", "never")
                .containsEntry("zone", "")
                .containsEntry("next", List.of())
                .containsEntry("hint", "");
        assertThat(replaced.get(0).get("error").toString()).contains("'0 0 31 2 *' never fires");
        String other = HALF.replace("Europe", "Africa").replace("Berlin", "Cairo");
        assertThat(timers(send(gateway, "PUT", "/instances/hall", Map.of("document", document(other)))))
                .extracting(timer -> timer.get("zone"))
                .containsExactly("Africa/Cairo");
        assertThat(json(get(gateway, "/instances/hall"))).doesNotContainKey("timers");
    }

    @Test
    void aFunctionsTimersAreToldWithTheirFirings() throws Exception {
        Map<String, Object> timer =
                Map.of("name", "half", "cron", "30 * * * *", "zone", "Europe/Berlin", "payload", "p");
        Map<String, Object> sum =
                Map.of("name", "sum", "catalog", Map.of("function", "sum", "version", "1"), "timers", List.of(timer));
        HttpResponse<byte[]> added = send(gateway, "POST", EDGE + "/functions", sum);
        assertThat(json(added)).containsEntry("name", "sum");
        firesAtHalfPast(timers(added).get(0));
        assertThat(timers(added).get(0)).containsEntry("payload", "p");
        assertThat(json(get(gateway, EDGE + "/functions/sum")))
                .as("as it is kept")
                .isEqualTo(sum);
        HttpResponse<byte[]> changed = send(gateway, "PUT", EDGE + "/functions/sum", Map.of("timeout", "5s"));
        assertThat(json(changed)).containsEntry("timeout", "5s");
        firesAtHalfPast(timers(changed).get(0));
        Map<String, Object> wrong = Map.of("timers", List.of(Map.of("name", "half", "cron", "x")));
        assertThat(timers(send(gateway, "PUT", EDGE + "/functions/sum", wrong))
                        .get(0)
                        .get("error")
                        .toString())
                .contains("'x' is no cron expression");
        Map<String, Object> none = new LinkedHashMap<>();
        none.put("timers", null);
        assertThat(json(send(gateway, "PUT", EDGE + "/functions/sum", none))).doesNotContainKey("timers");
    }

    @Test
    void isMadeOfADocumentAndReplaced() throws Exception {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", "hall");
        body.put("document", "instance: hall\ndrivers:\n  - {name: plc, builtin: modbus}\n");
        HttpResponse<byte[]> made = send(gateway, "POST", "/instances", body);
        assertThat(made.statusCode()).isEqualTo(201);
        assertThat(json(made).get("document").toString()).contains("builtin=modbus");
        refused(409, "conflict", "there is an edge instance hall already", send(gateway, "POST", "/instances", body));
        body.remove("name");
        refused(400, "bad-request", "'name' is wanted", send(gateway, "POST", "/instances", body));
        refused(422, "invalid", "not 'edge'", send(gateway, "PUT", EDGE, body));
        assertThat(json(send(gateway, "PUT", "/instances/hall", Map.of("document", "instance: hall")))
                        .get("document"))
                .isEqualTo(Map.of(
                        "instance",
                        "hall",
                        "products",
                        List.of(),
                        "drivers",
                        List.of(),
                        "devices",
                        List.of(),
                        "functions",
                        List.of(),
                        "routes",
                        List.of()));
    }
}
