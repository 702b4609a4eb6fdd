package io.margay.instance.internal;

import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstanceException.Kind;
import io.margay.instance.EdgeInstances.Draft;
import io.margay.instance.EdgeInstances.Part;
import io.margay.instance.PartChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** The parts of one kind of a draft, being edited. */
record Parts(Draft draft, Part part, List<Map<String, Object>> rows) {
    static Parts of(Draft draft, Part part) {
        return new Parts(draft, part, new ArrayList<>(draft.parts(part)));
    }

    /** The document with these rows in the place of its own. */
    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>(draft.document());
        document.put(part.list(), rows);
        return document;
    }

    private OptionalInt find(String id) {
        return IntStream.range(0, rows.size())
                .filter(i -> part.id(rows.get(i)).equals(id))
                .findFirst();
    }

    private int index(String id) throws EdgeInstanceException {
        return find(id).orElseThrow(() -> new EdgeInstanceException(
                Kind.UNKNOWN, "edge instance " + draft.name() + " has no " + part.word() + " " + id));
    }

    /** @return the part's index */
    int add(Map<String, Object> content) throws EdgeInstanceException {
        String id = part.id(content);
        if (find(id).isPresent()) {
            throw new EdgeInstanceException(
                    Kind.CONFLICT,
                    "edge instance " + draft.name() + " has a " + part.word() + " " + id
                            + " already; change that one, or remove it");
        }
        rows.add(content);
        return rows.size() - 1;
    }

    /** @return the part's index */
    int change(String id, Map<String, Object> changes) throws EdgeInstanceException {
        int index = index(id);
        Map<String, Object> changed = new LinkedHashMap<>(rows.get(index));
        PartChange.apply(changed, changes);
        if (!part.id(changed).equals(id)) {
            throw new EdgeInstanceException(
                    Kind.CONFLICT,
                    "a " + part.word() + " can't be renamed; remove " + id + " and add " + part.id(changed));
        }
        rows.set(index, changed);
        return index;
    }

    void remove(String id) throws EdgeInstanceException {
        rows.remove(index(id));
    }
}
