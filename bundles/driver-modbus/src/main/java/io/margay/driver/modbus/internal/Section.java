package io.margay.driver.modbus.internal;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads one JSON object key by key; each error names the place. After the last key {@link #end} tells of keys that
 * nobody asked for.
 */
final class Section {
    private final String place;
    private final String path;
    private final Map<?, ?> map;
    private final Set<String> known = new TreeSet<>();

    /** @param place what the document is, for example {@code product boiler} */
    Section(String place, Map<?, ?> map) {
        this(place, "", map);
    }

    private Section(String place, String path, Map<?, ?> map) {
        this.place = place;
        this.path = path;
        this.map = map;
    }

    boolean has(String key) {
        known.add(key);
        return map.get(key) != null;
    }

    ConfigurationException wrong(String key, String message) {
        return new ConfigurationException(place + ": " + path + key + ": " + message);
    }

    Object value(String key) {
        known.add(key);
        return map.get(key);
    }

    String text(String key, String otherwise) throws ConfigurationException {
        Object value = value(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        throw wrong(key, "a text is wanted, not " + value);
    }

    int integer(String key, int otherwise, int least, int greatest) throws ConfigurationException {
        Object value = value(key);
        if (value == null) {
            return otherwise;
        }
        BigDecimal number = decimal(key, value);
        if (number.stripTrailingZeros().scale() > 0
                || number.compareTo(BigDecimal.valueOf(least)) < 0
                || number.compareTo(BigDecimal.valueOf(greatest)) > 0) {
            throw wrong(key, "a whole number from " + least + " to " + greatest + " is wanted, not " + value);
        }
        return number.intValueExact();
    }

    BigDecimal number(String key, BigDecimal otherwise) throws ConfigurationException {
        Object value = value(key);
        return value == null ? otherwise : decimal(key, value);
    }

    boolean flag(String key, boolean otherwise) throws ConfigurationException {
        Object value = value(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        if ("true".equals(value) || "false".equals(value)) {
            return "true".equals(value);
        }
        throw wrong(key, "true or false is wanted, not " + value);
    }

    /** A word of an enum, in lower case, with - for _. */
    <E extends Enum<E>> E choice(String key, Class<E> type, E otherwise) throws ConfigurationException {
        Object value = value(key);
        if (value == null) {
            return otherwise;
        }
        StringBuilder words = new StringBuilder();
        for (E constant : type.getEnumConstants()) {
            String word = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (word.equals(value)) {
                return constant;
            }
            words.append(words.isEmpty() ? "" : ", ").append(word);
        }
        throw wrong(key, "one of " + words + " is wanted, not " + value);
    }

    /** The object under a key; null where there is none. */
    Section section(String key) throws ConfigurationException {
        Object value = value(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Map<?, ?> inner) {
            return new Section(place, path + key + ".", inner);
        }
        throw wrong(key, "an object is wanted, not " + value);
    }

    Set<?> keys() {
        return map.keySet();
    }

    void end() throws ConfigurationException {
        for (Object key : map.keySet()) {
            if (!known.contains(String.valueOf(key))) {
                throw wrong(String.valueOf(key), "unknown key; known are " + String.join(", ", known));
            }
        }
    }

    private BigDecimal decimal(String key, Object value) throws ConfigurationException {
        // The key-value format has numbers as text.
        if (value instanceof Number || value instanceof String) {
            try {
                return new BigDecimal(value.toString().trim());
            } catch (NumberFormatException e) {
                throw wrong(key, "a number is wanted, not " + value);
            }
        }
        throw wrong(key, "a number is wanted, not " + value);
    }
}
