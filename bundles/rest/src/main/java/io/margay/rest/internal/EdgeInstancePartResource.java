package io.margay.rest.internal;

import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstances;
import io.margay.instance.EdgeInstances.Draft;
import io.margay.instance.EdgeInstances.Part;
import io.margay.model.InvalidException;
import java.io.IOException;
import java.util.Map;

/** The parts of one kind of the edge instances that are kept, one by one. Nothing that runs changes. */
final class EdgeInstancePartResource {
    /** A thing model may be long. */
    private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

    private final EdgeInstances instances;
    private final Part part;

    EdgeInstancePartResource(EdgeInstances instances, Part part) {
        this.instances = instances;
        this.part = part;
    }

    void addTo(Router router) {
        String all = EdgeInstanceResource.ONE + "/" + part.list();
        String one = all + (part == Part.DEVICE ? "/{product}/{part}" : "/{part}");
        router.add("GET", all, this::list)
                .add("POST", all, this::add)
                .add("GET", one, this::show)
                .add("PUT", one, x -> {
                    Draft draft =
                            instances.change(x.path("name"), part, id(x), x.jsonBody(MAX_BODY_BYTES), ETag.expected(x));
                    entered(x, 200, draft, id(x));
                });
        if (part == Part.DRIVER) {
            router.add("DELETE", one, x -> remove(x, x.flag("devices")), "devices");
        } else {
            router.add("DELETE", one, x -> remove(x, false));
        }
    }

    private static Draft draft(Exchange exchange, EdgeInstances instances) throws EdgeInstanceException {
        return instances.get(exchange.path("name"));
    }

    private String id(Exchange exchange) {
        String name = exchange.path("part");
        return part == Part.DEVICE ? exchange.path("product") + "/" + name : name;
    }

    private void list(Exchange exchange) throws IOException, EdgeInstanceException {
        Draft draft = draft(exchange, instances);
        ETag.set(exchange, draft);
        exchange.json(200, Map.of(part.list(), draft.parts(part)));
    }

    private void show(Exchange exchange) throws IOException, EdgeInstanceException {
        Draft draft = draft(exchange, instances);
        ETag.set(exchange, draft);
        exchange.json(200, content(draft, id(exchange)));
    }

    private void add(Exchange exchange) throws IOException, InvalidException, EdgeInstanceException {
        Map<String, Object> content = exchange.jsonBody(MAX_BODY_BYTES);
        Draft draft = instances.add(exchange.path("name"), part, content, ETag.expected(exchange));
        String id = part.id(content);
        exchange.response()
                .setHeader(
                        "Location",
                        ApiServlet.BASE + EdgeInstanceResource.ALL + "/" + draft.name() + "/" + part.list() + "/" + id);
        entered(exchange, 201, draft, id);
    }

    private void remove(Exchange exchange, boolean withDevices) throws EdgeInstanceException {
        ETag.set(
                exchange,
                instances.remove(exchange.path("name"), part, id(exchange), withDevices, ETag.expected(exchange)));
        exchange.response().setStatus(204);
    }

    private void entered(Exchange exchange, int status, Draft draft, String id) throws IOException {
        Map<String, Object> content = content(draft, id);
        ETag.set(exchange, draft);
        exchange.json(status, part == Part.FUNCTION ? KeptTimers.withFirings(content) : content);
    }

    private Map<String, Object> content(Draft draft, String id) {
        return draft.parts(part).stream()
                .filter(one -> part.id(one).equals(id))
                .findFirst()
                .orElseThrow(
                        () -> Problem.notFound("edge instance " + draft.name() + " has no " + part.word() + " " + id)
                                .exception());
    }
}
