package io.margay.instance.internal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value of a document and where it stands.
 *
 * @param content a {@code Map<String, Entry>}, a {@code List<Value>}, a String, Long, BigInteger, Double, Boolean or null
 * @param line from 1; 0 where the document has no lines
 * @param column from 1
 * @param weight how many values it holds, itself included, with what aliases repeat counted each time
 */
record Value(Object content, int line, int column, long weight) {
    /** A key of a map, where it stands, and its value. */
    record Entry(Value value, int line, int column) {}

    static Value map(Map<String, Entry> entries, int line, int column) {
        long weight = 1;
        for (Entry entry : entries.values()) {
            weight += entry.value().weight();
        }
        return new Value(Collections.unmodifiableMap(entries), line, column, weight);
    }

    static Value list(List<Value> items, int line, int column) {
        long weight = 1;
        for (Value item : items) {
            weight += item.weight();
        }
        return new Value(Collections.unmodifiableList(items), line, column, weight);
    }

    static Value scalar(Object content, int line, int column) {
        return new Value(content, line, column, 1);
    }

    @SuppressWarnings("unchecked") // only the factories above make values
    Map<String, Entry> entries() {
        return (Map<String, Entry>) content;
    }

    @SuppressWarnings("unchecked")
    List<Value> items() {
        return (List<Value>) content;
    }

    boolean isMap() {
        return content instanceof Map;
    }

    boolean isList() {
        return content instanceof List;
    }

    /** The type in words, for messages. */
    String type() {
        if (content == null) {
            return "nothing";
        }
        if (isMap()) {
            return "a map";
        }
        if (isList()) {
            return "a list";
        }
        if (content instanceof String) {
            return "text";
        }
        return content instanceof Boolean ? "true or false" : "a number";
    }

    /** As plain maps, lists and scalars. */
    Object plain() {
        if (isMap()) {
            return plainMap();
        }
        if (isList()) {
            List<Object> list = new ArrayList<>(items().size());
            for (Value item : items()) {
                list.add(item.plain());
            }
            return Collections.unmodifiableList(list);
        }
        return content;
    }

    Map<String, Object> plainMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        entries().forEach((key, entry) -> map.put(key, entry.value().plain()));
        return Collections.unmodifiableMap(map);
    }
}
