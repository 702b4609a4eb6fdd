package io.margay.rest.internal;

import io.margay.instance.EdgeInstances.Draft;
import io.margay.instance.EdgeInstances.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The timers of an edge instance that is kept: who enters one sees when it would fire, long before it is planned.
 *
 * @param byFunction as they stand in the document
 */
record KeptTimers(Map<String, Set<Map<String, Object>>> byFunction) {
    static final KeptTimers NONE = new KeptTimers(Map.of());
    private static final String LIST = "timers";

    static KeptTimers of(Draft draft) {
        Map<String, Set<Map<String, Object>>> byFunction = new HashMap<>();
        draft.parts(Part.FUNCTION)
                .forEach(function -> byFunction.put(Part.FUNCTION.id(function), new HashSet<>(timers(function))));
        return new KeptTimers(byFunction);
    }

    @SuppressWarnings("unchecked") // what is kept was checked
    private static List<Map<String, Object>> timers(Map<String, Object> function) {
        return (List<Map<String, Object>>) function.getOrDefault(LIST, List.of());
    }

    /** The firings of those in a draft that are new or change, in its order. */
    List<Map<String, Object>> firingsOfNew(Draft draft) {
        List<Map<String, Object>> firings = new ArrayList<>();
        for (Map<String, Object> function : draft.parts(Part.FUNCTION)) {
            String name = Part.FUNCTION.id(function);
            Set<Map<String, Object>> before = byFunction.getOrDefault(name, Set.of());
            timers(function).stream()
                    .filter(timer -> !before.contains(timer))
                    .forEach(timer -> firings.add(TimerView.of(name, timer)));
        }
        return firings;
    }

    /** A function as it is kept, but with the firings beside what its timers say. */
    static Map<String, Object> withFirings(Map<String, Object> function) {
        Map<String, Object> view = new LinkedHashMap<>(function);
        view.computeIfPresent(LIST, (key, kept) -> timers(function).stream()
                .map(timer -> {
                    Map<String, Object> both = new LinkedHashMap<>(timer);
                    both.putAll(TimerView.of(Part.FUNCTION.id(function), timer));
                    return both;
                })
                .toList());
        return view;
    }
}
