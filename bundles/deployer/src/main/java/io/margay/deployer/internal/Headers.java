package io.margay.deployer.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads manifest headers such as {@code Import-Package}. */
final class Headers {
    /**
     * One clause: {@code path;path;attribute=value;directive:=value}.
     *
     * @param text as it stands in the header
     * @param attributes by name, without their types
     */
    record Clause(String text, List<String> paths, Map<String, String> attributes, Map<String, String> directives) {
        boolean optional() {
            return "optional".equals(directives.get("resolution"));
        }
    }

    private Headers() {}

    static List<Clause> parse(String header) {
        List<Clause> clauses = new ArrayList<>();
        if (header == null || header.isBlank()) {
            return clauses;
        }
        for (String text : split(header, ',')) {
            clauses.add(clause(text.strip()));
        }
        return clauses;
    }

    private static Clause clause(String text) {
        List<String> paths = new ArrayList<>();
        Map<String, String> attributes = new LinkedHashMap<>();
        Map<String, String> directives = new LinkedHashMap<>();
        for (String raw : split(text, ';')) {
            String part = raw.strip();
            int equals = part.indexOf('=');
            if (equals < 0) {
                paths.add(part);
            } else if (equals > 0 && part.charAt(equals - 1) == ':') {
                directives.put(part.substring(0, equals - 1).strip(), unquote(part.substring(equals + 1)));
            } else {
                String name = part.substring(0, equals);
                int type = name.indexOf(':');
                attributes.put(
                        (type < 0 ? name : name.substring(0, type)).strip(), unquote(part.substring(equals + 1)));
            }
        }
        return new Clause(text, paths, attributes, directives);
    }

    private static String unquote(String text) {
        String value = text.strip();
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }

    /** Splits where the separator does not stand between quotation marks. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }
}
