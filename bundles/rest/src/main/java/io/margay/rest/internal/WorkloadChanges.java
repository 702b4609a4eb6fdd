package io.margay.rest.internal;

import io.margay.instance.EdgeInstances.Part;
import io.margay.instance.InstanceReader;
import io.margay.instance.PartChange;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.spi.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Drivers or functions are installed, updated and removed one by one. A change is made in the current edge instance's
 * document, so that one here takes the same keys as there and is checked by the same code.
 */
final class WorkloadChanges {
    private static final int MAX_BODY_BYTES = 256 * 1024;

    private final InstanceReader reader;
    private final Changes changes;
    private final Part part;
    /** What would hang in the air without it: a driver's devices, a function's routes. */
    private final Part dependents;

    WorkloadChanges(InstanceReader reader, Changes changes, Part part) {
        this.reader = reader;
        this.changes = changes;
        this.part = part;
        this.dependents = part == Part.DRIVER ? Part.DEVICE : Part.ROUTE;
    }

    void addTo(Router router) {
        String one = "/" + part.list() + "/{name}";
        router.add("POST", "/" + part.list(), this::install, Exchange.SOAK)
                .add("PUT", one, this::update, Exchange.SOAK)
                .add("DELETE", one, this::remove, dependents.list());
    }

    private void install(Exchange exchange) throws IOException {
        Optional<Duration> soak = exchange.soak();
        Map<String, Object> body = exchange.jsonBody(MAX_BODY_BYTES);
        if (!(body.get("name") instanceof String name)) {
            throw Problem.badRequest("'name' is wanted: the " + part.word() + "'s name")
                    .exception();
        }
        exchange.later(
                changes.apply(
                        current -> {
                            Map<String, Object> document = document(current);
                            List<Map<String, Object>> rows = rows(document, part);
                            if (rows.stream().anyMatch(row -> name.equals(row.get("name")))) {
                                throw Problem.conflict("there is a " + part.word() + " " + name
                                                + " already; update it instead")
                                        .exception();
                            }
                            rows.add(body);
                            return read(document, rows.size() - 1);
                        },
                        Optional.empty(),
                        soak),
                plan -> {
                    exchange.response().setHeader("Location", ApiServlet.BASE + "/" + part.list() + "/" + name);
                    exchange.json(201, PlanView.of(plan));
                });
    }

    private void update(Exchange exchange) throws IOException {
        String name = exchange.path("name");
        Optional<Duration> soak = exchange.soak();
        Map<String, Object> body = exchange.jsonBody(MAX_BODY_BYTES);
        if (body.containsKey("name") && !name.equals(body.get("name"))) {
            throw Problem.badRequest(
                            "a " + part.word() + " can't be renamed; remove " + name + " and install the other")
                    .exception();
        }
        exchange.later(
                changes.apply(
                        current -> {
                            Map<String, Object> document = document(current);
                            List<Map<String, Object>> rows = rows(document, part);
                            int index = index(rows, name);
                            PartChange.apply(rows.get(index), body);
                            return read(document, index);
                        },
                        Optional.empty(),
                        soak),
                plan -> exchange.json(200, PlanView.of(plan)));
    }

    private void remove(Exchange exchange) {
        String name = exchange.path("name");
        boolean with = exchange.flag(dependents.list());
        exchange.later(
                changes.apply(current -> {
                    List<String> dependent = dependent(current, name);
                    if (!dependent.isEmpty() && !with) {
                        throw Problem.conflict(part.word() + " " + name + " has " + dependent.size() + " "
                                        + (dependent.size() == 1 ? dependents.word() : dependents.list()) + ", "
                                        + dependent.get(0) + (dependent.size() == 1 ? "" : " and others")
                                        + "; with ?" + dependents.list() + "=true they are removed too")
                                .exception();
                    }
                    Map<String, Object> document = document(current);
                    List<Map<String, Object>> rows = rows(document, part);
                    rows.remove(index(rows, name));
                    rows(document, dependents).removeIf(row -> dependsOn(row, name));
                    return read(document, -1);
                }),
                plan -> exchange.json(200, PlanView.of(plan)));
    }

    /** The names of what depends on a workload. */
    private List<String> dependent(EdgeInstance current, String name) {
        return part == Part.DRIVER
                ? current.devicesOf(name).stream()
                        .map(device -> device.id().toString())
                        .toList()
                : current.routes().stream()
                        .filter(route -> route.source().equals(new Source.OfFunction(name))
                                || route.target().equals(new Target.ToFunction(name)))
                        .map(EdgeInstance.Route::name)
                        .toList();
    }

    private boolean dependsOn(Map<String, Object> row, String name) {
        if (part == Part.DRIVER) {
            return name.equals(row.get("driver"));
        }
        Map<String, String> function = Map.of("function", name);
        return function.equals(row.get("from")) || function.equals(row.get("to"));
    }

    private int index(List<Map<String, Object>> rows, String name) {
        for (int i = 0; i < rows.size(); i++) {
            if (name.equals(rows.get(i).get("name"))) {
                return i;
            }
        }
        throw Problem.notFound("there is no " + part.word() + " " + name).exception();
    }

    private Map<String, Object> document(EdgeInstance current) throws IOException {
        return new LinkedHashMap<>(Json.readObject(reader.write(current)));
    }

    /** The list of a kind, which may be changed; it is made where there is none. */
    private static List<Map<String, Object>> rows(Map<String, Object> document, Part kind) {
        @SuppressWarnings("unchecked")
        List<Map<String, Object>> present = (List<Map<String, Object>>) document.get(kind.list());
        List<Map<String, Object>> rows = new ArrayList<>(present == null ? List.of() : present);
        document.put(kind.list(), rows);
        return rows;
    }

    /** @param index the changed workload's: faults in it are named as the request has them */
    private EdgeInstance read(Map<String, Object> document, int index) throws InvalidException {
        try {
            return reader.read(new String(Json.write(document), StandardCharsets.UTF_8), Map.of());
        } catch (InvalidException e) {
            throw PartChange.within(part.list() + "[" + index + "]", e);
        }
    }
}
