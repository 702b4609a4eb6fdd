package io.margay.instance.internal;

import io.margay.model.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The key-value format: a value is a text, or a map of the text, which may be secret, and a note for people.
 *
 * @param values name to value, secret ones sealed
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
            section.check(name, () -> Limits.keyName(name));
            all.add(section, name);
        }
        config.check("kv", () -> Limits.keyValues(entries.size()));
        return all;
    }

    private void add(Section section, String name) {
        Value value = section.find(name).orElseThrow();
        if (!value.isMap()) {
            values.put(name, Sealing.text(section, name));
            return;
        }
        Section entry = new Section(section.faults(), section.at(name), value, "value", "secret", "note");
        entry.atMostOneOf("value", "secret");
        values.put(
                name,
                entry.has("secret")
                        ? entry.required("secret")
                        : Sealing.plain(entry, "value", entry.required("value")));
        entry.text("note").ifPresent(note -> notes.put(name, entry.checked("note", note, Limits::note)));
    }
}
