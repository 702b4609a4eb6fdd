package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.function.Functions;
import io.margay.model.WorkloadId;
import io.margay.spi.Invocation;
import io.margay.spi.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Functions: how they do, and calls. */
final class FunctionResource {
    static final int MAX_EVENT_BYTES = 8 * 1024 * 1024;
    private static final String REQUEST_ID = "X-Request-Id";
    private static final String INVOKER_CONTEXT = "X-Margay-Invoker-Context";
    private static final Pattern REQUEST_IDS = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final Functions functions;
    private final Deployer deployer;

    FunctionResource(Functions functions, Deployer deployer) {
        this.functions = functions;
        this.deployer = deployer;
    }

    void addTo(Router router) {
        router.add("GET", "/functions", this::list)
                .add("GET", "/functions/{name}", this::one)
                .add("POST", "/functions/{name}/invocations", this::invoke, "async", "timeout");
    }

    private void list(Exchange exchange) throws IOException {
        Map<String, Deployer.WorkloadStatus> workloads = workloads();
        List<Map<String, Object>> all = functions.list().stream()
                .map(function -> view(function, workloads.get(function.name())))
                .toList();
        exchange.json(200, Map.of("functions", all));
    }

    private void one(Exchange exchange) throws IOException {
        String name = exchange.path("name");
        Functions.FunctionStatus function = functions.find(name).orElseThrow(() -> Problem.notFound(
                        "there is no function " + name)
                .exception());
        exchange.json(200, view(function, workloads().get(name)));
    }

    private Map<String, Deployer.WorkloadStatus> workloads() {
        Map<String, Deployer.WorkloadStatus> workloads = new LinkedHashMap<>();
        deployer.workloads().stream()
                .filter(workload -> workload.id().kind() == WorkloadId.Kind.FUNCTION)
                .forEach(workload -> workloads.put(workload.id().name(), workload));
        return workloads;
    }

    private void invoke(Exchange exchange) throws IOException {
        String name = exchange.path("name");
        boolean async = exchange.flag("async");
        Optional<Duration> timeout = exchange.timeout();
        String id = requestId(exchange);
        exchange.header(REQUEST_ID, id);
        Invocation invocation = new Invocation(
                exchange.body(MAX_EVENT_BYTES),
                invokerContext(exchange),
                timeout,
                // Nobody waits for an asynchronous call: it has all of its time from when it begins to run.
                !async || timeout.isPresent(),
                "",
                id);
        if (async) {
            exchange.later(functions.accept(name, invocation), nothing -> accepted(exchange, id));
        } else {
            exchange.later(
                    functions.invoke(name, invocation),
                    bytes -> exchange.bytes(200, "application/octet-stream", bytes));
        }
    }

    /** The client's own, by which it finds the call again in logs, or a new one. */
    private static String requestId(Exchange exchange) {
        String given = exchange.request().getHeader(REQUEST_ID);
        if (given == null || given.isEmpty()) {
            return UUID.randomUUID().toString();
        }
        if (!REQUEST_IDS.matcher(given).matches()) {
            throw Problem.badRequest(REQUEST_ID + ": at most 64 letters, digits, '.', '_' and '-' are possible")
                    .exception();
        }
        return given;
    }

    private static Map<String, Object> invokerContext(Exchange exchange) {
        String given = exchange.request().getHeader(INVOKER_CONTEXT);
        if (given == null || given.isEmpty()) {
            return Map.of();
        }
        try {
            return Json.readObject(Base64.getDecoder().decode(given));
        } catch (IOException | IllegalArgumentException e) {
            throw Problem.badRequest(INVOKER_CONTEXT + " is a JSON object in base 64: " + e.getMessage())
                    .exception();
        }
    }

    private static void accepted(Exchange exchange, String id) throws IOException {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("accepted", true);
        answer.put("requestId", id);
        exchange.json(202, answer);
    }

    private static Map<String, Object> view(Functions.FunctionStatus function, Deployer.WorkloadStatus workload) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", function.name());
        if (workload != null) {
            view.put("language", workload.language());
            view.put("isolation", workload.isolation());
            view.put("version", workload.version());
            view.put("state", StatusResource.state(workload));
            view.put("reason", workload.status().reason());
            view.put("stuck", StatusResource.stuck(workload));
        }
        view.put("instances", function.instances());
        view.put("queued", function.queued());
        view.put("running", function.running());
        view.put("succeeded", function.succeeded());
        view.put("failed", function.failed());
        view.put("timedOut", function.timedOut());
        view.put("refused", function.refused());
        view.put("meanMicros", function.meanMicros());
        view.put("lastError", function.lastError());
        return view;
    }
}
