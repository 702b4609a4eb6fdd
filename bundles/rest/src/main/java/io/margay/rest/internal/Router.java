package io.margay.rest.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds the handler of a method and path. A template is a path in which <code>{name}</code> stands for any one segment;
 * templates are tried in the order in which they were added. Filled once, then read by any thread.
 */
final class Router {
    /** What was found. */
    sealed interface Match {}

    /**
     * @param parameters what stood in the place of each name
     * @param query the query parameters that it knows
     */
    record Found(Handler handler, Map<String, String> parameters, List<String> query) implements Match {}

    /** The path is known, the method is not. */
    record WrongMethod(List<String> allowed) implements Match {}

    /** Nothing is there. */
    record Unknown() implements Match {}

    private record Target(Handler handler, List<String> query) {}

    private record Entry(String[] template, Map<String, Target> handlers) {}

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** @param query the names of query parameters that the handler knows */
    Router add(String method, String template, Handler handler, String... query) {
        Target former = entries.computeIfAbsent(template, t -> new Entry(t.split("/", -1), new TreeMap<>()))
                .handlers()
                .put(method, new Target(handler, List.of(query)));
        if (former != null) {
            throw new IllegalArgumentException(method + " " + template + " is there twice");
        }
        return this;
    }

    /** @param path begins with a slash, decoded; a single slash at the end does no harm */
    Match match(String method, String path) {
        String trimmed = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        String[] segments = trimmed.split("/", -1);
        for (Entry entry : entries.values()) {
            Map<String, String> parameters = parameters(entry.template(), segments);
            if (parameters != null) {
                Target target = entry.handlers().get(method);
                if (target == null && method.equals("HEAD")) {
                    target = entry.handlers().get("GET");
                }
                return target != null
                        ? new Found(target.handler(), parameters, target.query())
                        : new WrongMethod(allowed(entry));
            }
        }
        return new Unknown();
    }

    private static List<String> allowed(Entry entry) {
        List<String> methods = new ArrayList<>(entry.handlers().keySet());
        if (methods.contains("GET") && !methods.contains("HEAD")) {
            methods.add(methods.indexOf("GET") + 1, "HEAD");
        }
        return methods;
    }

    /** Null where the path does not fit. */
    private static Map<String, String> parameters(String[] template, String[] segments) {
        if (template.length != segments.length) {
            return null;
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = 0; i < template.length; i++) {
            String want = template[i];
            String got = segments[i];
            if (want.startsWith("{")) {
                if (got.isEmpty()) {
                    return null;
                }
                parameters.put(want.substring(1, want.length() - 1), got);
            } else if (!want.equals(got)) {
                return null;
            }
        }
        return parameters;
    }
}
