package io.margay.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A driver's or function's configuration; at most one of the formats is filled.
 *
 * @param values key-value format, at most {@link Limits#MAX_KEY_VALUES} entries
 * @param notes what people wrote beside some of the values, by the same keys
 * @param json JSON format as nested maps and lists, at most {@link Limits#MAX_JSON_BYTES} as text
 * @param files file format: name to the SHA-256 of the artefact
 */
public record Configuration(
        Map<String, String> values, Map<String, String> notes, Map<String, Object> json, Map<String, String> files) {
    public static final Configuration EMPTY = new Configuration(Map.of(), Map.of(), Map.of(), Map.of());

    public Configuration {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        notes = Collections.unmodifiableMap(new LinkedHashMap<>(notes));
        json = Collections.unmodifiableMap(new LinkedHashMap<>(json));
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    public boolean isEmpty() {
        return values.isEmpty() && json.isEmpty() && files.isEmpty();
    }

    List<String> formats() {
        List<String> formats = new java.util.ArrayList<>();
        if (!values.isEmpty()) {
            formats.add("kv");
        }
        if (!json.isEmpty()) {
            formats.add("json");
        }
        if (!files.isEmpty()) {
            formats.add("files");
        }
        return formats;
    }
}
