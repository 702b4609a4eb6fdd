package io.margay.instance.internal;

import java.util.Optional;

/** Finds the value that a path such as {@code devices[2].name} means. */
final class Places {
    /** The value, or the one nearest above it where the path leads on to nothing. */
    record Place(Value value, boolean exact) {}

    private Places() {}

    static Place find(Value root, String path) {
        Value at = root;
        String rest = path;
        while (!rest.isEmpty()) {
            Optional<Value> next;
            if (rest.startsWith("[")) {
                int end = rest.indexOf(']');
                if (end < 0) {
                    return new Place(at, false);
                }
                next = item(at, rest.substring(1, end));
                rest = rest.substring(end + 1);
            } else {
                String plain = rest.startsWith(".") ? rest.substring(1) : rest;
                int end = end(plain);
                next = key(at, plain.substring(0, end));
                rest = plain.substring(end);
            }
            if (next.isEmpty()) {
                return new Place(at, false);
            }
            at = next.get();
        }
        return new Place(at, true);
    }

    private static int end(String path) {
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) == '.' || path.charAt(i) == '[') {
                return i;
            }
        }
        return path.length();
    }

    private static Optional<Value> item(Value list, String index) {
        if (!list.isList() || !index.matches("[0-9]{1,9}")) {
            return Optional.empty();
        }
        int i = Integer.parseInt(index);
        return i < list.items().size() ? Optional.of(list.items().get(i)) : Optional.empty();
    }

    private static Optional<Value> key(Value map, String key) {
        if (!map.isMap()) {
            return Optional.empty();
        }
        return Optional.ofNullable(map.entries().get(key)).map(Value.Entry::value);
    }
}
