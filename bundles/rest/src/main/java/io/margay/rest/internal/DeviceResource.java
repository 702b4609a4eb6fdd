package io.margay.rest.internal;

import io.margay.device.Devices;
import io.margay.model.DeviceId;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Devices: how they are, and calls down to them. */
final class DeviceResource {
    private static final int MAX_BODY_BYTES = 256 * 1024;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(2);
    private static final String ONE = "/devices/{product}/{device}";

    private final Devices devices;

    DeviceResource(Devices devices) {
        this.devices = devices;
    }

    void addTo(Router router) {
        router.add("GET", "/devices", this::list)
                .add("GET", ONE, this::one)
                .add("GET", ONE + "/properties", this::get, "name", "timeout")
                .add("PUT", ONE + "/properties", this::set, "timeout")
                .add("POST", ONE + "/services/{service}", this::call, "timeout");
    }

    private static DeviceId id(Exchange exchange) {
        return new DeviceId(exchange.path("product"), exchange.path("device"));
    }

    private static Duration timeout(Exchange exchange) {
        Duration timeout = exchange.timeout().orElse(TIMEOUT);
        if (timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw Problem.badRequest("a device may take at most 2m").exception();
        }
        return timeout;
    }

    private void list(Exchange exchange) throws IOException {
        List<Map<String, Object>> all =
                devices.list().stream().map(DeviceResource::view).toList();
        exchange.json(200, Map.of("devices", all));
    }

    private void one(Exchange exchange) throws IOException {
        DeviceId id = id(exchange);
        exchange.json(200, view(devices.find(id).orElseThrow(() -> Problem.notFound("there is no device " + id)
                .exception())));
    }

    private void get(Exchange exchange) {
        exchange.later(
                devices.get(id(exchange), exchange.queryAll("name"), timeout(exchange)),
                values -> exchange.json(200, values));
    }

    private void set(Exchange exchange) throws IOException {
        Map<String, Object> values = exchange.jsonBody(MAX_BODY_BYTES);
        if (values.isEmpty()) {
            throw Problem.badRequest("name at least one property and its value").exception();
        }
        exchange.later(devices.set(id(exchange), values, timeout(exchange)), nothing -> exchange.response()
                .setStatus(204));
    }

    private void call(Exchange exchange) throws IOException {
        Map<String, Object> input = exchange.jsonBody(MAX_BODY_BYTES);
        exchange.later(
                devices.call(id(exchange), exchange.path("service"), input, timeout(exchange)),
                output -> exchange.json(200, output));
    }

    static Map<String, Object> view(Devices.DeviceStatus device) {
        Map<String, Object> values = new LinkedHashMap<>();
        device.values().forEach((name, value) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("value", value.value());
            one.put("time", value.time());
            values.put(name, one);
        });
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("productKey", device.id().productKey());
        view.put("deviceName", device.id().deviceName());
        view.put("driver", device.driver());
        view.put("online", device.online());
        view.put("reason", device.reason());
        view.put("since", device.since());
        view.put("values", values);
        view.put("accepted", device.accepted());
        view.put("refused", device.refused());
        view.put("lastRefusal", device.lastRefusal());
        return view;
    }
}
