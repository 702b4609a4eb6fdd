package io.margay.model;

import java.util.List;
import java.util.Map;

/** How many bytes a value has as compact JSON in UTF-8. Counted rather than written, as this bundle has no JSON library. */
final class JsonSize {
    private JsonSize() {}

    /** @param value maps, lists, strings, numbers, booleans, nulls */
    static int of(Object value) {
        if (value instanceof Map<?, ?> map) {
            int size = separators(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                size += ofText(entry.getKey().toString()) + 1 + of(entry.getValue());
            }
            return size;
        }
        if (value instanceof List<?> list) {
            int size = separators(list.size());
            for (Object item : list) {
                size += of(item);
            }
            return size;
        }
        if (value instanceof String text) {
            return ofText(text);
        }
        // Infinity and the like stand in quotes.
        boolean quoted = value instanceof Double number && !Double.isFinite(number);
        return String.valueOf(value).length() + (quoted ? 2 : 0);
    }

    /** The brackets and the commas. */
    private static int separators(int items) {
        return 2 + Math.max(0, items - 1);
    }

    private static int ofText(String text) {
        return 2 + text.chars().map(JsonSize::ofCharacter).sum();
    }

    private static int ofCharacter(int c) {
        if (c == '"' || c == '\\' || c == '\b' || c == '\t' || c == '\n' || c == '\f' || c == '\r') {
            return 2;
        } else if (c < ' ' || Character.isSurrogate((char) c)) {
            // As an escape; the gateway writes either half of a character beyond the first 65,536 so.
            return 6;
        } else if (c < 0x80) {
            return 1;
        } else if (c < 0x800) {
            return 2;
        }
        return 3;
    }
}
