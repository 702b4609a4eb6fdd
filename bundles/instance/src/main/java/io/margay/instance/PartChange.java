package io.margay.instance;

import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import java.util.List;
import java.util.Map;

/** Changes of one part of an edge instance's document, such as a driver. */
public final class PartChange {
    private static final List<String> CODE = List.of("builtin", "artefact", "catalog");

    private PartChange() {}

    /**
     * Keys left out stay as they are, null takes one away; new code takes the place of the old, and of what was known of it.
     *
     * @param part is changed
     */
    public static void apply(Map<String, Object> part, Map<String, Object> changes) {
        if (CODE.stream().anyMatch(changes::containsKey)) {
            CODE.forEach(part::remove);
            // The old code's would be a lie.
            part.remove("version");
            part.remove("defaults");
            if (changes.containsKey("catalog")) {
                // The catalogue says it.
                part.remove("language");
                part.remove("architecture");
            }
        }
        if (changes.containsKey("language") && !Language.C.word().equals(changes.get("language"))) {
            part.remove("architecture");
        }
        changes.forEach((key, value) -> {
            if (value == null) {
                part.remove(key);
            } else {
                part.put(key, value);
            }
        });
    }

    /**
     * Names faults in a part as the one who changed it has them, others as they are.
     *
     * @param prefix the part's path in the document, such as {@code drivers[2]}
     */
    public static InvalidException within(String prefix, InvalidException e) {
        return new InvalidException(e.faults().stream()
                .map(fault -> new Fault(
                        fault.path().startsWith(prefix)
                                ? fault.path().substring(prefix.length()).replaceFirst("^\\.", "")
                                : fault.path(),
                        fault.message()))
                .toList());
    }
}
