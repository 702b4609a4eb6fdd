package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Deployment;
import io.margay.deployer.Deployment.LogLine;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What was deployed, how it went, and the way back. */
final class DeploymentResource {
    private static final String ONE = "/deployments/{number}";

    private final Deployer deployer;
    private final InstanceReader reader;
    private final Changes changes;

    DeploymentResource(Deployer deployer, InstanceReader reader, Changes changes) {
        this.deployer = deployer;
        this.reader = reader;
        this.changes = changes;
    }

    void addTo(Router router) {
        router.add(
                        "GET",
                        "/deployments",
                        x -> x.json(
                                200,
                                Map.of(
                                        "deployments",
                                        deployer.deployments().stream()
                                                .map(DeploymentResource::view)
                                                .toList())))
                .add("GET", ONE, x -> x.json(200, details(x)))
                .add("GET", ONE + "/feature", x -> x.bytes(200, "application/json", feature(number(x))))
                .add("GET", ONE + "/instance", x -> x.bytes(200, "application/json", reader.write(deployed(number(x)))))
                .add(
                        "POST",
                        ONE + "/rollback",
                        x -> {
                            long number = number(x);
                            x.later(
                                    changes.apply(current -> deployed(number), Optional.empty(), x.soak()),
                                    plan -> x.json(200, PlanView.of(plan)));
                        },
                        Exchange.SOAK);
    }

    private static long number(Exchange exchange) {
        String text = exchange.path("number");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw unknown(text);
        }
    }

    private static ProblemException unknown(String number) {
        return Problem.notFound("there is no deployment " + number
                        + ", or it is no longer kept; GET /deployments lists what there is")
                .exception();
    }

    private EdgeInstance deployed(long number) throws InvalidException {
        try {
            return deployer.deployed(number).orElseThrow(() -> unknown(Long.toString(number)));
        } catch (IOException e) {
            throw Problem.damaged(e.getMessage()).exception();
        }
    }

    private byte[] feature(long number) {
        try {
            return deployer.feature(number).orElseThrow(() -> unknown(Long.toString(number)));
        } catch (IOException e) {
            throw Problem.damaged(e.getMessage()).exception();
        }
    }

    private Map<String, Object> details(Exchange exchange) {
        long number = number(exchange);
        Deployment.Details details = deployer.deployment(number).orElseThrow(() -> unknown(Long.toString(number)));
        Map<String, Object> view = view(details.deployment());
        view.put("done", PlanView.steps(details.done()));
        view.put("log", details.log().stream().map(DeploymentResource::view).toList());
        return view;
    }

    private static Map<String, Object> view(Deployment deployment) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("number", deployment.number());
        view.put("instance", deployment.instance());
        view.put("outcome", deployment.outcome().name());
        view.put("reason", deployment.reason());
        view.put("steps", deployment.steps());
        view.put("started", deployment.started().toEpochMilli());
        deployment.ended().ifPresent(ended -> view.put("ended", ended.toEpochMilli()));
        return view;
    }

    private static Map<String, Object> view(LogLine line) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("time", line.time().toEpochMilli());
        view.put("level", line.level());
        view.put("stage", line.stage());
        view.put("resource", line.resource());
        view.put("message", line.message());
        return view;
    }
}
