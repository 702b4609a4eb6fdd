package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.function.Functions;
import io.margay.model.WorkloadId;
import io.margay.spi.Invocation;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Functions: how they do, and calls. */
final class FunctionResource {
    static final int MAX_EVENT_BYTES = 8 * 1024 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(FunctionResource.class);

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
        Invocation invocation = new Invocation(exchange.body(MAX_EVENT_BYTES), Map.of(), exchange.timeout());
        CompletableFuture<byte[]> result = functions.invoke(name, invocation);
        if (!async) {
            exchange.later(result, bytes -> exchange.bytes(200, "application/octet-stream", bytes));
        } else if (result.isCompletedExceptionally()) {
            // Refused at once, for example as too busy or unknown.
            exchange.later(result, bytes -> accepted(exchange));
        } else {
            logFailure(name, result);
            accepted(exchange);
        }
    }

    private static void logFailure(String name, CompletionStage<byte[]> result) {
        result.whenComplete((bytes, thrown) -> {
            if (thrown != null) {
                LOG.warn("function {} failed at an asynchronous call: {}", name, thrown.getMessage());
            }
        });
    }

    private static void accepted(Exchange exchange) throws IOException {
        exchange.json(202, Map.of("accepted", true));
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
