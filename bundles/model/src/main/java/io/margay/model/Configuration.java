package io.margay.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A driver's or function's configuration; at most one of the formats is filled.
 *
 * @param values key-value format, at most {@link Limits#MAX_KEY_VALUES} entries; secret ones {@link Sealed}
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

    /** All that is wrong with it, with paths such as {@code kv}; empty where nothing is. */
    public List<Fault> faults() {
        List<Fault> faults = new ArrayList<>();
        if (document().size() > 1) {
            faults.add(new Fault(
                    "",
                    "only one of these formats may be given: "
                            + String.join(", ", document().keySet())));
        }
        Limits.noteFault(faults, "kv", () -> Limits.keyValues(values.size()));
        values.keySet().forEach(name -> Limits.noteFault(faults, "kv." + name, () -> Limits.keyName(name)));
        notes.forEach((name, note) -> Limits.noteFault(faults, "kv." + name + ".note", () -> Limits.note(note)));
        Limits.noteFault(faults, "json", () -> Limits.json(json));
        files.forEach((name, sha256) -> {
            Limits.noteFault(faults, "files." + name, () -> Limits.configurationFile(name));
            Limits.noteFault(faults, "files." + name, () -> Limits.sha256(sha256));
        });
        return faults;
    }

    /** As a document has it, files by digest; empty where there is nothing. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        if (!values.isEmpty()) {
            Map<String, Object> kv = new LinkedHashMap<>();
            values.forEach((name, value) ->
                    kv.put(name, notes.containsKey(name) ? noted(value, notes.get(name)) : Sealed.document(value)));
            document.put("kv", kv);
        }
        if (!json.isEmpty()) {
            document.put("json", json);
        }
        if (!files.isEmpty()) {
            document.put("files", files);
        }
        return document;
    }

    /** Always in one order: the same edge instance has the same digest. */
    private static Map<String, String> noted(String value, String note) {
        Map<String, String> noted = new LinkedHashMap<>();
        noted.put(Sealed.is(value) ? "secret" : "value", value);
        noted.put("note", note);
        return noted;
    }
}
