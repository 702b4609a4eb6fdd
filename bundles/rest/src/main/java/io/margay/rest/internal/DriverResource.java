package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.instance.InstanceReader;
import io.margay.instance.PartChange;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.spi.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Drivers one by one. A change is made in the current edge instance's document, so that a driver here takes the same keys
 * as there and is checked by the same code.
 */
final class DriverResource {
    private static final int MAX_BODY_BYTES = 256 * 1024;
    private static final String ONE = "/drivers/{name}";

    private final Deployer deployer;
    private final Devices devices;
    private final InstanceReader reader;
    private final Changes changes;

    DriverResource(Deployer deployer, Devices devices, InstanceReader reader, Changes changes) {
        this.deployer = deployer;
        this.devices = devices;
        this.reader = reader;
        this.changes = changes;
    }

    void addTo(Router router) {
        router.add("GET", "/drivers", this::list)
                .add("POST", "/drivers", this::install)
                .add("GET", ONE, this::one)
                .add("PUT", ONE, this::update)
                .add("DELETE", ONE, this::remove, "devices");
    }

    private void list(Exchange exchange) throws IOException {
        exchange.json(
                200,
                Map.of(
                        "drivers",
                        deployer.current().drivers().stream().map(this::view).toList()));
    }

    private void one(Exchange exchange) throws IOException {
        String name = exchange.path("name");
        EdgeInstance.Driver driver =
                deployer.current().driver(name).orElseThrow(() -> unknown(name).exception());
        exchange.json(200, view(driver));
    }

    private void install(Exchange exchange) throws IOException {
        Map<String, Object> body = exchange.jsonBody(MAX_BODY_BYTES);
        if (!(body.get("name") instanceof String name)) {
            throw Problem.badRequest("'name' is wanted: the driver's name").exception();
        }
        exchange.later(
                changes.apply(current -> {
                    if (current.driver(name).isPresent()) {
                        throw Problem.conflict("there is a driver " + name + " already; update it instead")
                                .exception();
                    }
                    Map<String, Object> document = document(current);
                    List<Map<String, Object>> drivers = rows(document, "drivers");
                    drivers.add(body);
                    return read(document, drivers.size() - 1);
                }),
                plan -> {
                    exchange.response().setHeader("Location", ApiServlet.BASE + "/drivers/" + name);
                    exchange.json(201, PlanView.of(plan));
                });
    }

    private void update(Exchange exchange) throws IOException {
        String name = exchange.path("name");
        Map<String, Object> body = exchange.jsonBody(MAX_BODY_BYTES);
        if (body.containsKey("name") && !name.equals(body.get("name"))) {
            throw Problem.badRequest("a driver can't be renamed; remove " + name + " and install the other")
                    .exception();
        }
        exchange.later(
                changes.apply(current -> {
                    Map<String, Object> document = document(current);
                    List<Map<String, Object>> drivers = rows(document, "drivers");
                    int index = index(drivers, name);
                    PartChange.apply(drivers.get(index), body);
                    return read(document, index);
                }),
                plan -> exchange.json(200, PlanView.of(plan)));
    }

    private void remove(Exchange exchange) {
        String name = exchange.path("name");
        boolean withDevices = exchange.flag("devices");
        exchange.later(
                changes.apply(current -> {
                    int count = current.devicesOf(name).size();
                    if (count > 0 && !withDevices) {
                        throw Problem.conflict("driver " + name + " has " + count
                                        + (count == 1 ? " device" : " devices") + ", "
                                        + current.devicesOf(name).get(0).id()
                                        + (count == 1 ? "" : " and others")
                                        + "; with ?devices=true they are removed too")
                                .exception();
                    }
                    Map<String, Object> document = document(current);
                    List<Map<String, Object>> drivers = rows(document, "drivers");
                    drivers.remove(index(drivers, name));
                    rows(document, "devices").removeIf(device -> name.equals(device.get("driver")));
                    return read(document, -1);
                }),
                plan -> exchange.json(200, PlanView.of(plan)));
    }

    private static Problem unknown(String name) {
        return Problem.notFound("there is no driver " + name);
    }

    private static int index(List<Map<String, Object>> drivers, String name) {
        for (int i = 0; i < drivers.size(); i++) {
            if (name.equals(drivers.get(i).get("name"))) {
                return i;
            }
        }
        throw unknown(name).exception();
    }

    private Map<String, Object> document(EdgeInstance current) throws IOException {
        return new LinkedHashMap<>(Json.readObject(reader.write(current)));
    }

    /** The list under a key, which may be changed; it is made where there is none. */
    private static List<Map<String, Object>> rows(Map<String, Object> document, String key) {
        @SuppressWarnings("unchecked")
        List<Map<String, Object>> present = (List<Map<String, Object>>) document.get(key);
        List<Map<String, Object>> rows = new java.util.ArrayList<>(present == null ? List.of() : present);
        document.put(key, rows);
        return rows;
    }

    /** @param index the changed driver's: faults in it are named as the request has them */
    private EdgeInstance read(Map<String, Object> document, int index) throws InvalidException {
        try {
            return reader.read(new String(Json.write(document), StandardCharsets.UTF_8), Map.of());
        } catch (InvalidException e) {
            throw PartChange.within("drivers[" + index + "]", e);
        }
    }

    private Map<String, Object> view(EdgeInstance.Driver driver) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", driver.name());
        view.put("language", driver.language().word());
        view.put("code", driver.code().toString());
        driver.version().ifPresent(version -> view.put("version", version));
        driver.handover().ifPresent(handover -> view.put("handover", handover.word()));
        view.put("devices", deployer.current().devicesOf(driver.name()).size());
        view.put(
                "devicesOnline",
                devices.list().stream()
                        .filter(device -> device.driver().equals(driver.name()) && device.online())
                        .count());
        WorkloadId id = WorkloadId.driver(driver.name());
        deployer.workloads().stream()
                .filter(workload -> workload.id().equals(id))
                .findFirst()
                .ifPresentOrElse(
                        workload -> StatusResource.view(workload).forEach(view::putIfAbsent),
                        () -> view.put("isolation", driver.isolation().word()));
        return view;
    }
}
