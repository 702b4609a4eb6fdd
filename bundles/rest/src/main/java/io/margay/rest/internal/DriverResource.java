package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.model.EdgeInstance;
import io.margay.model.WorkloadId;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Drivers and how they do. */
final class DriverResource {
    private final Deployer deployer;
    private final Devices devices;

    DriverResource(Deployer deployer, Devices devices) {
        this.deployer = deployer;
        this.devices = devices;
    }

    void addTo(Router router) {
        router.add("GET", "/drivers", this::list).add("GET", "/drivers/{name}", this::one);
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
        EdgeInstance.Driver driver = deployer.current().driver(name).orElseThrow(() -> Problem.notFound(
                        "there is no driver " + name)
                .exception());
        exchange.json(200, view(driver));
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
