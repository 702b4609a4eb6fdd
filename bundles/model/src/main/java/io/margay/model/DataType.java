package io.margay.model;

import java.util.List;
import java.util.Map;

/** A thing model's data type. */
public sealed interface DataType {
    /**
     * Says why a value does not fit.
     *
     * @param value a JSON value: number, String, Boolean, Map, List or null
     * @return the reason in words, or null when it fits
     */
    String misfit(Object value);

    /** {@code int}: a whole number within 32 bits and the range. */
    record Int(long min, long max) implements DataType {
        @Override
        public String misfit(Object value) {
            if (!(value instanceof Number number)) {
                return wanted("a whole number", value);
            }
            double exact = number.doubleValue();
            if (exact != Math.rint(exact) || Double.isInfinite(exact)) {
                return wanted("a whole number", value);
            }
            return exact < min || exact > max ? value + " is not within " + min + " … " + max : null;
        }
    }

    /** {@code float} and {@code double}: a finite number within the range. */
    record Real(double min, double max) implements DataType {
        @Override
        public String misfit(Object value) {
            if (!(value instanceof Number number)) {
                return wanted("a number", value);
            }
            double real = number.doubleValue();
            if (!Double.isFinite(real)) {
                return value + " is not a finite number";
            }
            return real < min || real > max ? value + " is not within " + min + " … " + max : null;
        }
    }

    /** {@code bool}: true, false, 1 or 0. */
    record Bool() implements DataType {
        @Override
        public String misfit(Object value) {
            if (value instanceof Boolean) {
                return null;
            }
            if (value instanceof Number number && (number.doubleValue() == 0 || number.doubleValue() == 1)) {
                return null;
            }
            return wanted("true, false, 1 or 0", value);
        }
    }

    /** {@code enum}: one of the listed whole numbers. */
    record Enumeration(Map<Integer, String> names) implements DataType {
        @Override
        public String misfit(Object value) {
            if (value instanceof Number number
                    && number.doubleValue() == number.intValue()
                    && names.containsKey(number.intValue())) {
                return null;
            }
            return wanted("one of " + names, value);
        }
    }

    /** {@code text}: at most so many bytes of UTF-8. */
    record Text(int maxBytes) implements DataType {
        @Override
        public String misfit(Object value) {
            if (!(value instanceof String text)) {
                return wanted("text", value);
            }
            // A character takes three bytes at most (a surrogate pair four): the exact count is rarely needed.
            if (text.length() * 3L <= maxBytes) {
                return null;
            }
            int bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            return bytes > maxBytes ? "text of " + bytes + " bytes is longer than " + maxBytes : null;
        }
    }

    /** {@code date}: milliseconds since 1970, as text of digits or as a number. */
    record Date() implements DataType {
        @Override
        public String misfit(Object value) {
            if (value instanceof Number) {
                return null;
            }
            if (value instanceof String text && !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return null;
            }
            return wanted("milliseconds since 1970", value);
        }
    }

    /** {@code array}: at most so many items of one type. */
    record Array(int maxItems, DataType item) implements DataType {
        @Override
        public String misfit(Object value) {
            if (!(value instanceof List<?> list)) {
                return wanted("a list", value);
            }
            if (list.size() > maxItems) {
                return "a list of " + list.size() + " items is longer than " + maxItems;
            }
            for (int i = 0; i < list.size(); i++) {
                String reason = item.misfit(list.get(i));
                if (reason != null) {
                    return "item " + i + ": " + reason;
                }
            }
            return null;
        }
    }

    /** {@code struct}: fields by identifier. */
    record Struct(Map<String, DataType> fields) implements DataType {
        @Override
        public String misfit(Object value) {
            if (!(value instanceof Map<?, ?> map)) {
                return wanted("an object", value);
            }
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                DataType type = fields.get(entry.getKey());
                if (type == null) {
                    return "has no field '" + entry.getKey() + "'";
                }
                String reason = type.misfit(entry.getValue());
                if (reason != null) {
                    return "field " + entry.getKey() + ": " + reason;
                }
            }
            return null;
        }
    }

    private static String wanted(String what, Object value) {
        String shown = value instanceof String text ? "'" + text + "'" : String.valueOf(value);
        return (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown) + " is not " + what;
    }
}
