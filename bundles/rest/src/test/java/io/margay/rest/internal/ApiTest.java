package io.margay.rest.internal;

import static io.margay.rest.internal.Client.get;
import static io.margay.rest.internal.Client.json;
import static io.margay.rest.internal.Client.request;
import static io.margay.rest.internal.Client.send;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import io.margay.deployer.Deployer;
import io.margay.deployer.DeploymentException;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.spi.ContainerEngine;
import io.margay.spi.GenerationStatus;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.ThingException;
import java.lang.reflect.Proxy;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiTest {
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new Gateway();
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private void assertProblem(HttpResponse<byte[]> response, int status, String part) throws Exception {
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).isEqualTo("application/problem+json");
        Map<String, Object> problem = json(response);
        assertThat(problem).containsKeys("type", "title", "detail").containsEntry("status", status);
        assertThat(problem.get("detail").toString()).contains(part);
    }

    @Test
    void tellsWhatTheHealthChecksFind() throws Exception {
        assertThat(json(get(gateway, "/health")))
                .isEqualTo(Map.of(
                        "status",
                        "critical",
                        "checks",
                        List.of(
                                Map.of(
                                        "workload", "driver:modbus",
                                        "kind", "driver",
                                        "name", "modbus",
                                        "status", "ok",
                                        "message", "it runs",
                                        "millis", 3),
                                Map.of(
                                        "workload", "function:alarm",
                                        "kind", "function",
                                        "name", "alarm",
                                        "status", "critical",
                                        "message", "process 7 is silent",
                                        "millis", 5000))));
    }

    @Test
    void aDeploymentMaySayHowLongItSoaks() throws Exception {
        Map<String, Object> body = Map.of("document", "{}");
        assertThat(send(gateway, "PUT", "/instance?soak=5s", body).statusCode()).isEqualTo(200);
        assertThat(send(gateway, "PUT", "/instance", body).statusCode()).isEqualTo(200);
        assertThat(send(gateway, "POST", "/deployments/7/rollback?soak=0s", new byte[0])
                        .statusCode())
                .isEqualTo(200);
        assertThat(gateway.soaks)
                .containsExactly(Optional.of(Duration.ofSeconds(5)), Optional.empty(), Optional.of(Duration.ZERO));
        assertProblem(send(gateway, "PUT", "/instance?soak=5", body), 400, "'5' is no time");
        assertProblem(send(gateway, "PUT", "/instance?soak=11m", body), 400, "?soak=11m: at most 10m");
        assertProblem(send(gateway, "POST", "/instance/plan?soak=5s", body), 400, "unknown query parameter 'soak'");
        assertThat(gateway.soaks).hasSize(3);
    }

    @Test
    void tellsHowItIs() throws Exception {
        HttpResponse<byte[]> response = get(gateway, "/status");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(json(response))
                .containsEntry("version", "0.1.0")
                .containsEntry("instance", "edge")
                .containsKeys("uptimeSeconds", "pid", "java", "memory", "workloads", "counts");
        assertThat((Map<?, ?>) json(response).get("counts"))
                .extracting("devices", "devicesOnline")
                .containsExactly(1, 1);
    }

    @Test
    void tellsOfThreadsThatAreStuck() throws Exception {
        Instant since = Instant.ofEpochMilli(1_700_000_000_000L);
        gateway.workloads = List.of(new Deployer.WorkloadStatus(
                WorkloadId.function("echo"),
                1,
                "1",
                "3f2a",
                "java",
                "bundle",
                Optional.empty(),
                Optional.empty(),
                new GenerationStatus(
                        GenerationStatus.State.FAILED,
                        "stuck: 3 threads",
                        since,
                        List.of(),
                        0,
                        "",
                        List.of(new GenerationStatus.StuckThread(
                                "function echo 1", since, 42, List.of("acme.Code.park()", "acme.Code.handle()"))))));
        List<?> stuck = List.of(Map.of(
                "thread",
                "function echo 1",
                "since",
                since.toEpochMilli(),
                "depth",
                42,
                "stack",
                List.of("acme.Code.park()", "acme.Code.handle()")));
        assertThat((List<?>) json(get(gateway, "/workloads")).get("workloads"))
                .singleElement(as(MAP))
                .containsEntry("state", "failed")
                .containsEntry("stuck", stuck);
        assertThat(json(get(gateway, "/functions/echo"))).containsEntry("stuck", stuck);
    }

    @Test
    void tellsOfTheContainerEngine() throws Exception {
        assertThat(json(get(gateway, "/status")).get("containerEngine"))
                .isEqualTo(Map.of(
                        "state", "none",
                        "endpoint", "",
                        "product", "",
                        "message", "the gateway was started without its bundle container"));
        String docker = "Docker 20.10.24, cgroup v1";
        var status = new ContainerEngine.Status(ContainerEngine.State.READY, "unix:///run/docker.sock", docker, "");
        gateway.engine((ContainerEngine) Proxy.newProxyInstance(
                ContainerEngine.class.getClassLoader(),
                new Class<?>[] {ContainerEngine.class},
                (proxy, method, args) -> status));
        assertThat(json(get(gateway, "/status")).get("containerEngine"))
                .isEqualTo(Map.of(
                        "state", "ready", "endpoint", "unix:///run/docker.sock", "product", docker, "message", ""));
    }

    @Test
    void wantsCredentials() throws Exception {
        for (String wrong : new String[] {null, "Bearer nonsense"}) {
            var request = request(gateway, "GET", "/nothing", null);
            request = wrong == null ? bare(request) : request.setHeader("Authorization", wrong);
            HttpResponse<byte[]> response = send(request);
            assertProblem(response, 401, wrong == null ? "cli.token" : "wrong");
            assertThat(response.headers().firstValue("WWW-Authenticate").orElse(""))
                    .startsWith("Basic realm=");
        }
        assertThat(send(request(gateway, "GET", "/status", null).setHeader("Authorization", Gateway.PASSWORD))
                        .statusCode())
                .isEqualTo(200);
    }

    private java.net.http.HttpRequest.Builder bare(java.net.http.HttpRequest.Builder request) {
        return java.net.http.HttpRequest.newBuilder(request.build().uri());
    }

    @ParameterizedTest
    @CsvSource({"evil.example:8181,421", "localhost:1,200", "[::1]:1,200", "127.0.0.1,200", "127.0.0.1.evil.example,421"
    })
    void answersToItsOwnNamesOnly(String host, int status) throws Exception {
        assertThat(send(request(gateway, "GET", "/status", null).setHeader("Host", host))
                        .statusCode())
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site,cross-site,403",
        "Sec-Fetch-Site,same-site,403",
        "Sec-Fetch-Site,same-origin,200",
        "Origin,https://evil.example,403",
        "Origin,null,403",
        "Accept,any,200"
    })
    void letsNoOtherSitesPageChangeAnything(String header, String value, int status) throws Exception {
        var request = request(gateway, "POST", "/functions/echo/invocations", new byte[0])
                .header(header, value);
        assertThat(send(request.setHeader("Authorization", Gateway.PASSWORD)).statusCode())
                .isEqualTo(status);
        assertThat(send(request.setHeader("Authorization", Gateway.TOKEN)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void namesUnknownPathsAndWrongMethods() throws Exception {
        assertProblem(get(gateway, "/nothing"), 404, "/api/v1/nothing");
        HttpResponse<byte[]> wrong = send(gateway, "DELETE", "/instance", (byte[]) null);
        assertProblem(wrong, 405, "GET");
        assertThat(wrong.headers().firstValue("Allow")).contains("GET, HEAD, PUT");
    }

    @Test
    void namesThePlaceInBadJson() throws Exception {
        HttpResponse<byte[]> response =
                send(gateway, "PUT", "/instance", "{\"document\":\n oops}".getBytes(StandardCharsets.UTF_8));
        assertProblem(response, 400, "line 2");
        assertThat((List<?>) json(response).get("errors")).hasSize(1);
        assertProblem(send(gateway, "PUT", "/instance", Map.of("document", 3)), 400, "'document'");
        assertProblem(send(gateway, "PUT", "/instance", Map.of("documents", "")), 400, "'documents'");
        assertProblem(
                send(gateway, "PUT", "/instance", Map.of("document", "", "files", Map.of("a.zip", "12"))),
                400,
                "a.zip");
        assertProblem(send(gateway, "PUT", "/instance", List.of()), 400, "object");
    }

    @Test
    void plansAndApplies() throws Exception {
        Map<String, String> body = Map.of("document", "{\"drivers\":[{\"name\":\"modbus\",\"builtin\":\"modbus\"}]}");
        HttpResponse<byte[]> plan = send(gateway, "POST", "/instance/plan", body);
        assertThat(json(plan).get("steps"))
                .isEqualTo(List.of(Map.of("action", "install", "kind", "driver", "name", "modbus", "detail", "new")));
        assertThat(gateway.applied).isEmpty();
        assertThat(send(gateway, "PUT", "/instance", body).statusCode()).isEqualTo(200);
        assertThat(gateway.applied).hasSize(1);
        assertThat(json(get(gateway, "/instance"))).containsEntry("instance", "edge");
    }

    private static final List<String> HALF_PAST = List.of(
            "2026-03-29T00:30+01:00",
            "2026-03-29T01:30+01:00",
            "2026-03-29T03:30+02:00",
            "2026-03-29T04:30+02:00",
            "2026-03-29T05:30+02:00");

    private static final String HINT =
            "'30 * * * *' is minute 30 of each hour; did you mean '*/30 * * * *' (every 30 minutes)?";

    @Test
    void tellsWhenTimersFire() throws Exception {
        Map<?, ?> timer = (Map<?, ?>) ((List<?>) json(get(gateway, "/timers")).get("timers")).get(0);
        assertThat(timer.toString())
                .isEqualTo("{function=sum, name=tick, cron=30 * * * *, zone=Europe/Berlin, overlap=queue, missed=once,"
                        + " next=" + HALF_PAST + ", hint=" + HINT + ", fired=7, skipped=2}");
        Map<String, Object> plan = json(send(gateway, "POST", "/instance/plan", Map.of("document", "{}")));
        Map<?, ?> planned = (Map<?, ?>) ((List<?>) plan.get("timers")).get(0);
        assertThat(planned.get("next")).isEqualTo(HALF_PAST);
        assertThat(planned.get("hint")).isEqualTo(HINT);
    }

    @Test
    void previewsAnExpression() throws Exception {
        String half = "/timers/preview?cron=30%20*%20*%20*%20*";
        Map<String, Object> berlin = json(get(gateway, half + "&zone=Europe/Berlin"));
        assertThat(berlin).containsEntry("cron", "30 * * * *").containsEntry("zone", "Europe/Berlin");
        assertThat((List<?>) berlin.get("next")).hasSize(5).allSatisfy(time -> assertThat((String) time)
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:30\\+0[12]:00"));
        assertThat(berlin.get("hint").toString()).contains("every 30 minutes");
        assertThat(json(get(gateway, half)))
                .containsEntry("zone", ZoneId.systemDefault().getId());
        assertThat(json(get(gateway, "/timers/preview?cron=0%208%20*%20*%20*"))).containsEntry("hint", "");
        assertProblem(get(gateway, "/timers/preview"), 400, "five fields");
        assertProblem(get(gateway, "/timers/preview?cron=" + "1".repeat(501)), 400, "longer than 500");
        assertProblem(get(gateway, "/timers/preview?cron=x"), 400, "'x' is no cron expression");
        assertProblem(get(gateway, "/timers/preview?cron=0%200%2031%202%20*"), 400, "never fires");
        assertProblem(get(gateway, half + "&zone=Europe/Entenhausen"), 400, "Europe/Entenhausen");
    }

    @Test
    void namesEachFaultOfADocument() throws Exception {
        HttpResponse<byte[]> response = send(gateway, "PUT", "/instance", Map.of("document", "bad: 1"));
        assertProblem(response, 422, "unknown key");
        assertThat(json(response).get("errors"))
                .isEqualTo(List.of(
                        Map.of("path", "devices[0].bad", "line", 3, "column", 7, "message", "unknown key 'bad'")));
    }

    @Test
    void namesWhatTheDeployerFindsWrong() throws Exception {
        gateway.applyFails = new InvalidException("drivers[0].file", "the bundle needs package x.y");
        assertProblem(send(gateway, "PUT", "/instance", Map.of("document", "{}")), 422, "x.y");
    }

    @Test
    void saysWhetherTheGatewayIsAsItWas() throws Exception {
        for (boolean rolledBack : new boolean[] {true, false}) {
            gateway.applyFails = new DeploymentException(rolledBack, "modbus did not start", null);
            HttpResponse<byte[]> response = send(gateway, "PUT", "/instance", Map.of("document", "{}"));
            assertProblem(response, rolledBack ? 409 : 500, "modbus did not start");
            assertThat(json(response)).containsEntry("rolledBack", rolledBack);
        }
    }

    @Test
    void refusesWhatItDoesNotUnderstand() throws Exception {
        assertProblem(get(gateway, "/logs?lvl=warn"), 400, "unknown query parameter 'lvl'; there are workload, level");
        assertProblem(get(gateway, "/status?a=1"), 400, "there are none here");
        byte[] body = "{\"document\":\"{}\"}".getBytes(StandardCharsets.UTF_8);
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "application/jsonp")) {
            assertProblem(
                    send(request(gateway, "POST", "/instance/plan", body).header("Content-Type", type)),
                    415,
                    "'" + type + "' can't be read here");
        }
        assertThat(send(request(gateway, "POST", "/instance/plan", body)
                                .header("Content-Type", "application/json; charset=utf-8"))
                        .statusCode())
                .isEqualTo(200);
        assertProblem(
                send(
                        gateway,
                        "PUT",
                        "/instance",
                        "{\"document\":".concat("[".repeat(100_000)).getBytes(StandardCharsets.UTF_8)),
                400,
                "Document nesting depth (201) exceeds the maximum allowed (200)");
    }

    /** As {@code curl -d} sends it: the servlet's own parameters would swallow the event. */
    @Test
    void anEventMayLookLikeAForm() throws Exception {
        var response = send(request(
                        gateway,
                        "POST",
                        "/functions/echo/invocations?timeout=5s",
                        "a=b".getBytes(StandardCharsets.UTF_8))
                .header("Content-Type", "application/x-www-form-urlencoded"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(new String(response.body(), StandardCharsets.UTF_8)).isEqualTo("a=b");
    }

    @Test
    void refusesBodiesThatAreTooLarge() throws Exception {
        assertProblem(
                send(gateway, "PUT", "/instance", Map.of("document", "x".repeat(8 * 1024 * 1024 + 1))),
                413,
                "at most 8192 KiB, not 8193");
        assertProblem(
                send(gateway, "POST", "/functions/echo/invocations", new byte[FunctionResource.MAX_EVENT_BYTES + 1]),
                413,
                "8192 KiB");
        assertThat(send(gateway, "POST", "/functions/echo/invocations", new byte[FunctionResource.MAX_EVENT_BYTES])
                        .body())
                .hasSize(FunctionResource.MAX_EVENT_BYTES);
    }

    @Test
    void installsUpdatesAndRemovesADriver() throws Exception {
        HttpResponse<byte[]> installed =
                send(gateway, "POST", "/drivers", Map.of("name", "modbus", "builtin", "modbus"));
        assertThat(installed.statusCode()).isEqualTo(201);
        assertThat(installed.headers().firstValue("Location")).contains("/api/v1/drivers/modbus");
        assertProblem(send(gateway, "POST", "/drivers", Map.of("name", "modbus", "builtin", "x")), 409, "update");
        assertThat(json(get(gateway, "/drivers/modbus"))).containsEntry("code", "built-in modbus");

        String digest = "ab".repeat(32);
        assertThat(send(gateway, "PUT", "/drivers/modbus", Map.of("artefact", digest))
                        .statusCode())
                .isEqualTo(200);
        assertThat(gateway.current.driver("modbus").orElseThrow().code())
                .isEqualTo(new EdgeInstance.Code.Artefact(digest));
        assertProblem(send(gateway, "PUT", "/drivers/other", Map.of("artefact", digest)), 404, "other");
        assertProblem(send(gateway, "PUT", "/drivers/modbus", Map.of("name", "other")), 400, "renamed");

        HttpResponse<byte[]> invalid = send(gateway, "PUT", "/drivers/modbus", Map.of("bad", 1));
        assertProblem(invalid, 422, "bad");
        assertThat(json(invalid).get("errors"))
                .isEqualTo(List.of(Map.of("path", "bad", "message", "unknown key 'bad'")));

        assertThat(send(gateway, "DELETE", "/drivers/modbus", (byte[]) null).statusCode())
                .isEqualTo(200);
        assertThat(gateway.current.drivers()).isEmpty();
        assertProblem(send(gateway, "DELETE", "/drivers/modbus", (byte[]) null), 404, "modbus");
    }

    @Test
    void removesADriverWithDevicesOnlyWhenAskedTo() throws Exception {
        gateway.current = new EdgeInstance(
                "edge",
                List.of(),
                List.of(Samples.driver("modbus", new EdgeInstance.Code.BuiltIn("modbus"))),
                List.of(new EdgeInstance.Device(Gateway.BOILER, "modbus", Map.of())),
                List.of(),
                List.of());
        assertProblem(send(gateway, "DELETE", "/drivers/modbus", (byte[]) null), 409, "boiler/boiler-1");
        assertThat(send(gateway, "DELETE", "/drivers/modbus?devices=true", (byte[]) null)
                        .statusCode())
                .isEqualTo(200);
        assertThat(gateway.current.devices()).isEmpty();
    }

    @Test
    void talksToDevices() throws Exception {
        assertThat(json(get(gateway, "/devices/boiler/boiler-1")))
                .containsEntry("online", true)
                .containsEntry("values", Map.of("temperature", Map.of("value", 21.5, "time", 17)));
        assertProblem(get(gateway, "/devices/boiler/none"), 404, "boiler/none");
        String one = "/devices/boiler/boiler-1";
        assertThat(json(get(gateway, one + "/properties?name=a&name=b&timeout=500ms")))
                .containsEntry("names", List.of("a", "b"))
                .containsEntry("millis", 500);
        assertThat(send(gateway, "PUT", one + "/properties", Map.of("a", 1)).statusCode())
                .isEqualTo(204);
        assertThat(gateway.lastSet).isEqualTo(Map.of("a", 1));
        assertThat(json(send(gateway, "POST", one + "/services/reset", Map.of("hard", true))))
                .containsEntry("service", "reset")
                .containsEntry("input", Map.of("hard", true));
        assertProblem(get(gateway, one + "/properties?timeout=soon"), 400, "'soon'");
        assertProblem(send(gateway, "PUT", one + "/properties", Map.of()), 400, "at least one");
    }

    @ParameterizedTest
    @CsvSource({"UNKNOWN_DEVICE,404", "INVALID,400", "OFFLINE,503", "TIMEOUT,504", "FAILED,502"})
    void saysWhyADeviceDidNot(ThingException.Kind kind, int status) throws Exception {
        gateway.thingFails = new ThingException(kind, "so it is");
        assertProblem(get(gateway, "/devices/boiler/boiler-1/properties"), status, "so it is");
    }

    @Test
    void callsAFunctionWithoutHoldingAThread() throws Exception {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        gateway.function = call -> result;
        // Longer than the connection may be idle.
        CompletableFuture<byte[]> unused =
                result.completeOnTimeout("late".getBytes(StandardCharsets.UTF_8), 1500, TimeUnit.MILLISECONDS);
        assertThat(unused).isSameAs(result);
        HttpResponse<byte[]> response = send(gateway, "POST", "/functions/echo/invocations", new byte[] {1});
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).asString(StandardCharsets.UTF_8).isEqualTo("late");
    }

    @Test
    void acceptsAsynchronousCallsOnceTheyAreKept() throws Exception {
        List<Invocation> calls = new ArrayList<>();
        CompletableFuture<Void> kept = new CompletableFuture<>();
        gateway.acceptance = call -> {
            calls.add(call);
            return kept.completeOnTimeout(null, 50, TimeUnit.MILLISECONDS);
        };
        HttpResponse<byte[]> accepted = send(gateway, "POST", "/functions/echo/invocations?async=true", new byte[0]);
        assertThat(kept).isDone();
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(json(accepted))
                .isEqualTo(Map.of("accepted", true, "requestId", calls.get(0).requestId()));
        assertThat(accepted.headers().firstValue("X-Request-Id"))
                .contains(calls.get(0).requestId());
        assertThat(calls.get(0).attended()).isFalse();
        assertProblem(send(gateway, "POST", "/functions/none/invocations?async=true", new byte[0]), 404, "none");
    }

    @Test
    void anAsynchronousCallThatIsNotKeptIsRefused() throws Exception {
        Map<InvocationException.Kind, Integer> refusals = Map.of(
                InvocationException.Kind.TOO_BUSY, 429,
                InvocationException.Kind.NOT_KEPT, 507);
        for (InvocationException.Kind kind : refusals.keySet()) {
            gateway.acceptance =
                    call -> CompletableFuture.failedFuture(new InvocationException(kind, kind.name(), "no"));
            HttpResponse<byte[]> answer = send(gateway, "POST", "/functions/echo/invocations?async=true", new byte[0]);
            assertThat(answer.statusCode()).as(kind.name()).isEqualTo(refusals.get(kind));
            assertThat(answer.headers().firstValue("X-Margay-Error-Type")).contains(kind.name());
        }
    }

    @Test
    void aCallHasItsIdAndItsContext() throws Exception {
        List<Invocation> calls = new ArrayList<>();
        gateway.function = call -> {
            calls.add(call);
            return CompletableFuture.failedFuture(
                    new InvocationException(InvocationException.Kind.HANDLED, "ValueError", "no"));
        };
        String context =
                Base64.getEncoder().encodeToString("{\"custom\": {\"a\": 1}}".getBytes(StandardCharsets.UTF_8));
        HttpResponse<byte[]> response =
                call(Map.of("X-Request-Id", "order-66.a_B", "X-Margay-Invoker-Context", context));
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.headers().firstValue("X-Request-Id")).contains("order-66.a_B");
        assertThat(response.headers().firstValue("X-Margay-Error-Type")).contains("ValueError");
        assertThat(calls.get(0).requestId()).isEqualTo("order-66.a_B");
        assertThat(calls.get(0).attended()).isTrue();
        assertThat(calls.get(0).invokerContext()).isEqualTo(Map.of("custom", Map.of("a", 1)));

        assertProblem(call(Map.of("X-Request-Id", "a b")), 400, "at most 64 letters");
        assertProblem(call(Map.of("X-Margay-Invoker-Context", "e30=e30=")), 400, "a JSON object in base 64");
        assertProblem(call(Map.of("X-Margay-Invoker-Context", "W10=")), 400, "a JSON object in base 64");
        assertThat(calls).hasSize(1);
    }

    private HttpResponse<byte[]> call(Map<String, String> headers) throws Exception {
        HttpRequest.Builder request = request(gateway, "POST", "/functions/echo/invocations", new byte[0]);
        headers.forEach(request::header);
        return send(request);
    }

    @ParameterizedTest
    @CsvSource({"UNKNOWN,404", "TOO_BUSY,429", "TIMEOUT,504", "HANDLED,502", "INSTANCE_LOST,503", "NOT_STARTED,503"})
    void saysWhyAFunctionDidNot(InvocationException.Kind kind, int status) throws Exception {
        gateway.function =
                call -> CompletableFuture.failedFuture(new InvocationException(kind, "Value\nError", "so it is"));
        HttpResponse<byte[]> response = send(gateway, "POST", "/functions/echo/invocations", new byte[0]);
        assertProblem(response, status, "so it is");
        assertThat(response.headers().firstValue("X-Margay-Error-Type")).contains("Value?Error");
        assertThat(response.headers().firstValue("Retry-After").isPresent())
                .isEqualTo(new InvocationException(kind, "", "").retriable());
    }

    @Test
    void hidesNoFaultOfItsOwn() throws Exception {
        gateway.function = call -> CompletableFuture.failedFuture(new IllegalStateException("bug"));
        assertProblem(send(gateway, "POST", "/functions/echo/invocations", new byte[0]), 500, "margay logs");
    }

    @Test
    void tellsOfDeploymentsAndGoesBack() throws Exception {
        Map<String, Object> list = json(get(gateway, "/deployments"));
        assertThat(list.toString())
                .isEqualTo("{deployments=[{number=7, instance=edge, outcome=FAILED_ROLLED_BACK, "
                        + "reason=driver modbus: port in use, steps=3, started=0, "
                        + "ended=2000}]}");
        assertThat(json(get(gateway, "/deployments/7")).toString())
                .contains("done=[{action=install, kind=driver, name=modbus, detail=new}]")
                .contains("log=[{time=0, level=info, stage=apply, resource=driver modbus, " + "message=works}]");
        assertThat(json(get(gateway, "/deployments/7/instance"))).containsEntry("instance", "edge");
        assertThat(json(get(gateway, "/deployments/7/feature"))).containsEntry("id", "io.margay.deployment:hall:1");
        assertProblem(get(gateway, "/deployments/9/feature"), 404, "there is no deployment 9");
        assertProblem(get(gateway, "/deployments/13/feature"), 500, "artefact 13 is torn");
        for (String wrong : List.of("8", "x", "-1", "99999999999999999999")) {
            assertProblem(get(gateway, "/deployments/" + wrong), 404, "there is no deployment " + wrong);
            assertProblem(
                    send(gateway, "POST", "/deployments/" + wrong + "/rollback", (byte[]) null),
                    404,
                    "there is no deployment " + wrong);
        }
        assertProblem(get(gateway, "/deployments/13/instance"), 500, "artefact 13 is torn");
        assertProblem(send(gateway, "POST", "/deployments/13/rollback", (byte[]) null), 500, "artefact 13 is torn");
        int before = gateway.applied.size();
        assertThat(json(send(gateway, "POST", "/deployments/7/rollback", (byte[]) null)))
                .containsKey("steps");
        assertThat(gateway.applied).hasSize(before + 1).last().isEqualTo(EdgeInstance.EMPTY);
    }
}
