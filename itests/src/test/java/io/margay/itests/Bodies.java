package io.margay.itests;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Bodies of requests for the catalogue, and documents. */
final class Bodies {
    private Bodies() {}

    static Map<String, Object> with(Map<String, ?> fields, String name, Object value) {
        Map<String, Object> more = new HashMap<>(fields);
        more.put(name, value);
        return more;
    }

    static Map<String, Object> driver(String name) {
        return Map.of("name", name, "protocol", "custom", "language", "python");
    }

    static Map<String, Object> function(String name) {
        return Map.of("name", name, "language", "python");
    }

    static Map<String, Object> version(String version) {
        return Map.of("version", version);
    }

    /** With a file of this name. */
    static Map<String, Object> version(String version, String file, String sha256) {
        return with(version(version), "file", file(file, sha256));
    }

    static Map<String, Object> file(String name, String sha256) {
        return Map.of("name", name, "sha256", sha256);
    }

    /** @param script SHA-256 of its file */
    static Map<String, Object> workload(String name, String script) {
        return Map.of("name", name, "artefact", script, "language", "python");
    }

    static Map<String, Object> fromCatalogue(String version) {
        return Map.of("name", "w", "catalog", Map.of("driver", LimitTable.ENTRY, "version", version));
    }

    static Map<String, Object> instance(Map<String, Object> driver) {
        return instance(driver, List.of());
    }

    static Map<String, Object> instance(Map<String, Object> driver, Map<String, Object> device) {
        return instance(driver, List.of(device));
    }

    private static Map<String, Object> instance(Map<String, Object> driver, List<Map<String, Object>> devices) {
        Map<String, Object> model =
                Map.of("properties", List.of(Map.of("identifier", "n", "dataType", Map.of("type", "int"))));
        return Map.of(
                "instance",
                "limits",
                "products",
                List.of(Map.of("key", "p", "model", model)),
                "drivers",
                List.of(driver),
                "devices",
                devices);
    }
}
