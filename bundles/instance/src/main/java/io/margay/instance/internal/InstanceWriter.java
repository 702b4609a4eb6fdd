package io.margay.instance.internal;

import io.margay.model.Durations;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.Megabytes;
import io.margay.model.Sealed;
import io.margay.model.Source;
import io.margay.model.Target;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An edge instance as the maps and lists of its document: each key given, artefacts by digest, always in one order. */
final class InstanceWriter {
    private InstanceWriter() {}

    static Map<String, Object> write(EdgeInstance instance) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("instance", instance.name());
        map.put(
                "products",
                instance.products().stream().map(InstanceWriter::product).toList());
        map.put(
                "drivers",
                instance.drivers().stream().map(InstanceWriter::driver).toList());
        map.put(
                "devices",
                instance.devices().stream().map(InstanceWriter::device).toList());
        map.put(
                "functions",
                instance.functions().stream().map(InstanceWriter::function).toList());
        map.put("routes", instance.routes().stream().map(InstanceWriter::route).toList());
        return map;
    }

    private static Map<String, Object> product(EdgeInstance.Product product) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("key", product.key());
        map.put("model", product.model());
        if (!product.extension().isEmpty()) {
            map.put("extension", product.extension());
        }
        return map;
    }

    private static Map<String, Object> driver(EdgeInstance.Driver driver) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", driver.name());
        code(map, driver.code());
        map.put("language", driver.language().word());
        driver.architecture().ifPresent(a -> map.put("architecture", a.word()));
        driver.version().ifPresent(v -> map.put("version", v));
        map.put("isolation", driver.isolation().word());
        driver.handover().ifPresent(h -> map.put("handover", h.word()));
        put(map, "config", driver.ownConfiguration().document());
        environment(map, driver.environment());
        driver.memory().ifPresent(m -> map.put("memory", Megabytes.text(m)));
        driver.container().ifPresent(c -> map.put("container", c.document()));
        put(map, "defaults", driver.defaults().document());
        return map;
    }

    private static Map<String, Object> device(EdgeInstance.Device device) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("product", device.id().productKey());
        map.put("name", device.id().deviceName());
        map.put("driver", device.driver());
        if (!device.configuration().isEmpty()) {
            map.put("config", device.configuration());
        }
        return map;
    }

    private static Map<String, Object> function(EdgeInstance.Function function) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", function.name());
        code(map, function.code());
        map.put("language", function.language().word());
        function.architecture().ifPresent(a -> map.put("architecture", a.word()));
        function.version().ifPresent(v -> map.put("version", v));
        map.put("handler", function.handler());
        map.put("mode", function.mode().word());
        map.put("isolation", function.isolation().word());
        function.handover().ifPresent(h -> map.put("handover", h.word()));
        map.put("timeout", Durations.text(function.timeout()));
        map.put("idle", Durations.text(function.idle()));
        map.put("instances", function.instances());
        map.put("concurrency", function.concurrency());
        map.put("queue", function.queue());
        put(map, "config", function.ownConfiguration().document());
        environment(map, function.environment());
        function.memory().ifPresent(m -> map.put("memory", Megabytes.text(m)));
        function.container().ifPresent(c -> map.put("container", c.document()));
        put(map, "defaults", function.defaults().document());
        put(map, "timers", function.timers(), InstanceWriter::timer);
        return map;
    }

    private static Map<String, Object> timer(EdgeInstance.Timer timer) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", timer.name());
        map.put("cron", timer.cron());
        timer.zone().ifPresent(z -> map.put("zone", z));
        map.put("payload", timer.payload());
        map.put("overlap", timer.overlap().word());
        map.put("missed", timer.missed().word());
        return map;
    }

    private static Map<String, Object> route(EdgeInstance.Route route) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", route.name());
        map.put("from", source(route.source()));
        map.put("filter", route.filter().text());
        map.put("to", route.target() instanceof Target.ToFunction f ? Map.of("function", f.function()) : "log");
        map.put("queue", route.queue());
        map.put("whenFull", route.whenFull().word());
        if (route.stored()) {
            map.put("stored", true);
        }
        return map;
    }

    private static Object source(Source source) {
        if (source instanceof Source.OfDevice device) {
            return Map.of("device", device.device().toString());
        }
        if (source instanceof Source.OfProduct product) {
            return Map.of("product", product.productKey());
        }
        return source instanceof Source.OfFunction function ? Map.of("function", function.function()) : "devices";
    }

    private static void code(Map<String, Object> map, Code code) {
        if (code instanceof Code.BuiltIn builtIn) {
            map.put("builtin", builtIn.name());
        } else if (code instanceof Code.Artefact artefact) {
            map.put("artefact", artefact.sha256());
        }
    }

    private static void environment(Map<String, Object> map, Map<String, String> environment) {
        Map<String, Object> values = new LinkedHashMap<>();
        environment.forEach((name, value) -> values.put(name, Sealed.document(value)));
        put(map, "environment", values);
    }

    private static void put(Map<String, Object> map, String key, Map<String, ?> value) {
        if (!value.isEmpty()) {
            map.put(key, value);
        }
    }

    private static <T> void put(
            Map<String, Object> map, String key, List<T> list, Function<T, Map<String, Object>> item) {
        if (!list.isEmpty()) {
            map.put(key, list.stream().map(item).toList());
        }
    }
}
