package io.margay.instance.internal;

import io.margay.model.Limits;
import io.margay.model.Sealed;
import io.margay.security.SecretException;
import io.margay.security.Secrets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Puts the sealed form in the place of each secret's text, before anything else looks at a document: what is read, checked
 * and kept of it never had the text.
 */
final class Sealing {
    private final Secrets secrets;
    private final Faults faults;
    private final boolean opens;

    /** @param opens whether what is sealed already is to be opened too, as it may come from another gateway */
    Sealing(Secrets secrets, Faults faults, boolean opens) {
        this.secrets = secrets;
        this.faults = faults;
        this.opens = opens;
    }

    /** A value that is text or {@code {secret: text}}; a secret's is sealed by now. */
    static String text(Section section, String name) {
        Value value = section.find(name).orElseThrow();
        return value.isMap()
                ? new Section(section.faults(), section.at(name), value, "secret").required("secret")
                : plain(section, name, section.text(name).orElse(""));
    }

    /** Text that is no secret must not look like one. */
    static String plain(Section section, String name, String text) {
        if (Sealed.is(text)) {
            section.fault(name, "this is a sealed secret; write {secret: " + Sealed.PREFIX + "…}");
        }
        return text;
    }

    Value document(Value root) {
        Value drivers = within(root, "drivers", list -> workloads("drivers", list));
        return within(drivers, "functions", list -> workloads("functions", list));
    }

    /** Defaults of a version, by themselves. */
    Value defaults(Value body) {
        return configuration("", "defaults ", body);
    }

    private Value workloads(String list, Value workloads) {
        if (!workloads.isList()) {
            return workloads;
        }
        List<Value> items = new ArrayList<>();
        for (Value workload : workloads.items()) {
            String path = list + "[" + items.size() + "].";
            Value.Entry name = workload.isMap() ? workload.entries().get("name") : null;
            // Not the path: another part before it makes no other secret of it.
            String place = list + " " + (name == null ? "" : name.value().content()) + " ";
            Value environment =
                    within(workload, "environment", all -> entries(path + "environment.", place + "environment.", all));
            Value configuration = configuration(path, place, environment);
            items.add(within(
                    configuration, "defaults", all -> configuration(path + "defaults.", place + "defaults.", all)));
        }
        return Value.list(items, workloads.line(), workloads.column());
    }

    private Value configuration(String path, String place, Value configured) {
        return within(
                configured,
                "config",
                config -> within(config, "kv", kv -> entries(path + "config.kv.", place + "config.kv.", kv)));
    }

    private Value entries(String path, String place, Value map) {
        // More are refused for their number.
        if (!map.isMap() || map.entries().size() > Limits.MAX_KEY_VALUES) {
            return map;
        }
        Map<String, Value.Entry> all = new LinkedHashMap<>();
        map.entries().forEach((name, entry) -> {
            Value sealed = within(entry.value(), "secret", text -> secret(path + name, place + name, text));
            all.put(name, new Value.Entry(sealed, entry.line(), entry.column()));
        });
        return Value.map(all, map.line(), map.column());
    }

    private Value secret(String path, String place, Value value) {
        if (!(value.content() instanceof String text)) {
            return value;
        }
        try {
            if (!Sealed.is(text)) {
                return Value.scalar(secrets.seal(place, Limits.secret(text)), value.line(), value.column());
            }
            if (opens) {
                secrets.open(text);
            }
            return value;
        } catch (IllegalArgumentException | SecretException e) {
            faults.add(path, value, e.getMessage());
            return Value.scalar("", value.line(), value.column());
        }
    }

    /** A map with another value of one key; the same where it has no such key. */
    private static Value within(Value map, String key, UnaryOperator<Value> change) {
        if (!map.isMap() || !map.entries().containsKey(key)) {
            return map;
        }
        Map<String, Value.Entry> entries = new LinkedHashMap<>(map.entries());
        entries.computeIfPresent(
                key, (k, entry) -> new Value.Entry(change.apply(entry.value()), entry.line(), entry.column()));
        return Value.map(entries, map.line(), map.column());
    }
}
