package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstances;
import io.margay.instance.EdgeInstances.Draft;
import io.margay.instance.EdgeInstances.Gateway;
import io.margay.instance.EdgeInstances.Part;
import io.margay.instance.InstanceReader;
import io.margay.model.InvalidException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The edge instances that are kept, each as a whole: made, replaced, bound, planned, deployed. */
final class EdgeInstanceResource {
    static final String ALL = "/instances";
    static final String ONE = ALL + "/{name}";

    private final EdgeInstances instances;
    private final Deployer deployer;
    private final InstanceReader reader;
    private final Changes changes;

    EdgeInstanceResource(EdgeInstances instances, Deployer deployer, InstanceReader reader, Changes changes) {
        this.instances = instances;
        this.deployer = deployer;
        this.reader = reader;
        this.changes = changes;
    }

    void addTo(Router router) {
        router.add("GET", ALL, this::list)
                .add("POST", ALL, this::create)
                .add("GET", ONE, this::show)
                .add("PUT", ONE, this::replace)
                .add("DELETE", ONE, x -> {
                    instances.delete(x.path("name"), ETag.expected(x));
                    x.response().setStatus(204);
                })
                .add("PUT", ONE + "/binding", x -> x.json(200, view(instances.bind(x.path("name")))))
                .add("DELETE", ONE + "/binding", x -> x.json(200, view(instances.unbind(x.path("name")))))
                .add("POST", ONE + "/plan", this::plan)
                .add("POST", ONE + "/deploy", this::deploy, "plan", Exchange.SOAK);
    }

    private void list(Exchange exchange) throws IOException, EdgeInstanceException {
        Gateway gateway = instances.gateway();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String name : instances.names()) {
            rows.add(row(name, gateway));
        }
        Map<String, Object> view = view(gateway);
        view.put("instances", rows);
        exchange.json(200, view);
    }

    /** One that is damaged does not hide the others. */
    private Map<String, Object> row(String name, Gateway gateway) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", name);
        try {
            Draft draft = instances.get(name);
            state(row, draft, gateway);
            for (Part part : Part.values()) {
                row.put(part.list(), draft.parts(part).size());
            }
        } catch (EdgeInstanceException e) {
            row.put("state", "damaged");
            row.put("reason", e.getMessage());
        }
        return row;
    }

    private void state(Map<String, Object> view, Draft draft, Gateway gateway) {
        view.put("digest", draft.digest());
        view.put("bound", gateway.instance().equals(Optional.of(draft.name())));
        EdgeInstanceState state = EdgeInstanceState.of(draft.name(), deployer, reader, instances);
        view.put("state", state.word());
        OptionalLong deployment = state.deployment();
        if (deployment.isPresent()) {
            view.put("deployment", deployment.getAsLong());
        }
    }

    private Map<String, Object> view(Draft draft) throws EdgeInstanceException {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", draft.name());
        state(view, draft, instances.gateway());
        view.put("document", draft.document());
        return view;
    }

    private void show(Exchange exchange) throws IOException, EdgeInstanceException {
        Draft draft = instances.get(exchange.path("name"));
        ETag.set(exchange, draft);
        exchange.json(200, view(draft));
    }

    /** @param before the timers that it had */
    private void entered(Exchange exchange, int status, Draft draft, KeptTimers before)
            throws IOException, EdgeInstanceException {
        Map<String, Object> view = view(draft);
        view.put("timers", before.firingsOfNew(draft));
        ETag.set(exchange, draft);
        exchange.json(status, view);
    }

    private void create(Exchange exchange) throws IOException, InvalidException, EdgeInstanceException {
        Map<String, Object> body = exchange.jsonBody(InstanceResource.MAX_BODY_BYTES);
        if (!(body.remove("name") instanceof String name)) {
            throw Problem.badRequest("'name' is wanted: the edge instance's name")
                    .exception();
        }
        Draft draft;
        if (body.isEmpty()) {
            draft = instances.create(name);
        } else {
            InstanceResource.Wanted wanted = InstanceResource.wanted(body);
            draft = instances.create(name, wanted.document(), wanted.files());
        }
        exchange.response().setHeader("Location", ApiServlet.BASE + ALL + "/" + name);
        entered(exchange, 201, draft, KeptTimers.NONE);
    }

    private void replace(Exchange exchange) throws IOException, InvalidException, EdgeInstanceException {
        InstanceResource.Wanted wanted = InstanceResource.wanted(exchange.jsonBody(InstanceResource.MAX_BODY_BYTES));
        String name = exchange.path("name");
        KeptTimers before = KeptTimers.of(instances.get(name));
        Draft draft = instances.replace(name, wanted.document(), wanted.files(), ETag.expected(exchange));
        entered(exchange, 200, draft, before);
    }

    private void plan(Exchange exchange) {
        String name = exchange.path("name");
        exchange.later(changes.plan(current -> instances.resolve(name)), plan -> exchange.json(200, PlanView.of(plan)));
    }

    private void deploy(Exchange exchange) {
        String name = exchange.path("name");
        Optional<String> plan = exchange.query("plan");
        exchange.later(
                changes.apply(
                        current -> {
                            instances.get(name);
                            if (!instances.gateway().instance().equals(Optional.of(name))) {
                                throw Problem.conflict("this gateway is not bound to edge instance " + name
                                                + "; bind it first: margay instance bind " + name)
                                        .exception();
                            }
                            return instances.resolve(name);
                        },
                        plan,
                        exchange.soak()),
                done -> exchange.json(200, PlanView.of(done)));
    }

    private static Map<String, Object> view(Gateway gateway) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("gateway", gateway.id());
        gateway.instance().ifPresent(instance -> view.put("bound", instance));
        return view;
    }
}
