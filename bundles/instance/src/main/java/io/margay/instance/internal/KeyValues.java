package io.margay.instance.internal;

import io.margay.model.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The key-value format: a value is a text, or a map of the text and a note for people.
 *
 * @param values name to value
 * @param notes name to note, of those that have one
 */
record KeyValues(Map<String, String> values, Map<String, String> notes) {
    static KeyValues read(Section config) {
        KeyValues all = new KeyValues(new LinkedHashMap<>(), new LinkedHashMap<>());
        Optional<Value> found = config.find("kv");
        if (found.isEmpty()) {
            return all;
        }
        Map<String, Value.Entry> entries = found.get().isMap() ? found.get().entries() : Map.of();
        Section section = new Section(
                config.faults(), config.at("kv"), found.get(), entries.keySet().toArray(String[]::new));
        for (String name : entries.keySet()) {
            if (name.isEmpty()) {
                section.fault(name, "a name is not empty");
            }
            all.add(section, name);
        }
        if (entries.size() > Limits.MAX_KEY_VALUES) {
            config.fault("kv", entries.size() + " entries are more than " + Limits.MAX_KEY_VALUES);
        }
        return all;
    }

    private void add(Section section, String name) {
        Value value = section.find(name).orElseThrow();
        if (!value.isMap()) {
            values.put(name, section.text(name).orElse(""));
            return;
        }
        Section entry = new Section(section.faults(), section.at(name), value, "value", "note");
        values.put(name, entry.required("value"));
        entry.text("note").ifPresent(note -> notes.put(name, entry.checked("note", note, Limits::note)));
    }

    /** As a document has them. */
    static Map<String, Object> written(Map<String, String> values, Map<String, String> notes) {
        Map<String, Object> written = new LinkedHashMap<>();
        values.forEach(
                (name, value) -> written.put(name, notes.containsKey(name) ? noted(value, notes.get(name)) : value));
        return written;
    }

    /** Always in one order: the same edge instance has the same digest. */
    private static Map<String, String> noted(String value, String note) {
        Map<String, String> noted = new LinkedHashMap<>();
        noted.put("value", value);
        noted.put("note", note);
        return noted;
    }
}
