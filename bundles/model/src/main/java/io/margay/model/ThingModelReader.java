package io.margay.model;

import io.margay.model.ThingModel.Event;
import io.margay.model.ThingModel.Property;
import io.margay.model.ThingModel.Service;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads a TSL-shaped document, collecting all faults. */
final class ThingModelReader {
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z0-9_]{1,50}");
    private static final int MAX_DEPTH = 4;
    private static final int DEFAULT_TEXT = 2048;
    private static final int DEFAULT_ARRAY = 512;

    private final List<Fault> faults = new ArrayList<>();

    ThingModel read(Map<String, ?> tsl) throws InvalidException {
        Map<String, Property> properties = new LinkedHashMap<>();
        eachWithIdentifier(
                tsl, "properties", "", Set.of(), (id, path, map) -> put(properties, id, path, property(id, path, map)));
        Map<String, Event> events = new LinkedHashMap<>();
        eachWithIdentifier(
                tsl,
                "events",
                "",
                Set.of("post"),
                (id, path, map) -> put(events, id, path, new Event(id, types(map, "outputData", path))));
        Map<String, Service> services = new LinkedHashMap<>();
        eachWithIdentifier(
                tsl,
                "services",
                "",
                Set.of("get", "set"),
                (id, path, map) -> put(
                        services,
                        id,
                        path,
                        new Service(id, types(map, "inputData", path), types(map, "outputData", path))));
        if (!tsl.containsKey("properties") && !tsl.containsKey("events") && !tsl.containsKey("services")) {
            fault("", "a thing model has properties, events or services; none is there");
        }
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
        return new ThingModel(
                Collections.unmodifiableMap(properties),
                Collections.unmodifiableMap(events),
                Collections.unmodifiableMap(services));
    }

    private Property property(String id, String path, Map<?, ?> map) {
        String access = map.get("accessMode") == null ? "rw" : String.valueOf(map.get("accessMode"));
        if (!Set.of("r", "w", "rw").contains(access)) {
            fault(path + ".accessMode", "'" + access + "' is none of r, rw, w");
        }
        Object name = map.get("name");
        return new Property(
                id,
                name instanceof String text ? text : id,
                access.contains("r"),
                access.contains("w"),
                type(map, path, 0),
                unit(map));
    }

    private static Optional<String> unit(Map<?, ?> map) {
        if (map.get("dataType") instanceof Map<?, ?> type
                && type.get("specs") instanceof Map<?, ?> specs
                && specs.get("unit") instanceof String unit
                && !unit.isBlank()) {
            return Optional.of(unit);
        }
        return Optional.empty();
    }

    private Map<String, DataType> types(Map<?, ?> map, String key, String path) {
        Map<String, DataType> types = new LinkedHashMap<>();
        eachWithIdentifier(
                map, key, path, Set.of(), (id, itemPath, item) -> put(types, id, itemPath, type(item, itemPath, 0)));
        return Collections.unmodifiableMap(types);
    }

    private DataType type(Map<?, ?> holder, String path, int depth) {
        if (!(holder.get("dataType") instanceof Map<?, ?> type)) {
            fault(path + ".dataType", "is missing; write {\"type\": \"int\", …}");
            return new DataType.Bool();
        }
        return typeOf(type, path + ".dataType", depth);
    }

    private DataType typeOf(Map<?, ?> type, String path, int depth) {
        if (depth > MAX_DEPTH) {
            fault(path, "is nested more than " + MAX_DEPTH + " deep");
            return new DataType.Bool();
        }
        Object specs = type.get("specs");
        Map<?, ?> map = specs instanceof Map<?, ?> m ? m : Map.of();
        String word = String.valueOf(type.get("type"));
        if (specs != null && !(specs instanceof Map<?, ?>) && !word.equals("struct")) {
            fault(path + ".specs", "is not an object");
            return new DataType.Bool();
        }
        switch (word) {
            case "int":
                return range(
                        map,
                        path,
                        Integer.MIN_VALUE,
                        Integer.MAX_VALUE,
                        (min, max) -> new DataType.Int((long) Math.ceil(min), (long) Math.floor(max)));
            case "float":
                return range(map, path, -Float.MAX_VALUE, Float.MAX_VALUE, DataType.Real::new);
            case "double":
                return range(map, path, -Double.MAX_VALUE, Double.MAX_VALUE, DataType.Real::new);
            case "bool":
                return new DataType.Bool();
            case "enum":
                return enumeration(map, path);
            case "text":
                return new DataType.Text(size(map, "length", path, DEFAULT_TEXT));
            case "date":
                return new DataType.Date();
            case "array":
                if (!(map.get("item") instanceof Map<?, ?> item)) {
                    fault(path + ".specs.item", "is missing; write {\"type\": \"int\"}");
                    return new DataType.Bool();
                }
                return new DataType.Array(
                        size(map, "size", path, DEFAULT_ARRAY), typeOf(item, path + ".specs.item", depth + 1));
            case "struct":
                return struct(type, path, depth);
            default:
                fault(
                        path + ".type",
                        "'" + word + "' is none of int, float, double, bool, enum, text, date, array, struct");
                return new DataType.Bool();
        }
    }

    private DataType struct(Map<?, ?> type, String path, int depth) {
        Map<String, DataType> fields = new LinkedHashMap<>();
        eachWithIdentifier(
                type,
                "specs",
                path,
                Set.of(),
                (id, itemPath, item) -> put(fields, id, itemPath, type(item, itemPath, depth + 1)));
        if (fields.isEmpty()) {
            fault(path + ".specs", "a struct lists its fields");
        }
        return new DataType.Struct(Collections.unmodifiableMap(fields));
    }

    private DataType enumeration(Map<?, ?> specs, String path) {
        Map<Integer, String> names = new TreeMap<>();
        for (Map.Entry<?, ?> entry : specs.entrySet()) {
            try {
                names.put(Integer.valueOf(String.valueOf(entry.getKey())), String.valueOf(entry.getValue()));
            } catch (NumberFormatException e) {
                fault(path + ".specs", "'" + entry.getKey() + "' is no whole number");
            }
        }
        if (specs.isEmpty()) {
            fault(path + ".specs", "an enum lists its values, for example {\"0\": \"off\", \"1\": \"on\"}");
        }
        return new DataType.Enumeration(names);
    }

    private interface Range {
        DataType of(double min, double max);
    }

    private DataType range(Map<?, ?> specs, String path, double least, double most, Range range) {
        double min = number(specs, "min", path, least);
        double max = number(specs, "max", path, most);
        if (min > max) {
            fault(path + ".specs", "min " + min + " is greater than max " + max);
        }
        return range.of(/* min= */ Math.max(min, least), /* max= */ Math.min(max, most));
    }

    /** TSL writes numbers as text as a rule, so both are taken. */
    private double number(Map<?, ?> specs, String key, String path, double otherwise) {
        Object value = specs.get(key);
        if (value == null || "".equals(value)) {
            return otherwise;
        }
        try {
            double number = value instanceof Number n ? n.doubleValue() : Double.parseDouble(String.valueOf(value));
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as for NaN and Infinity.
        }
        fault(path + ".specs." + key, "'" + value + "' is no number");
        return otherwise;
    }

    private int size(Map<?, ?> specs, String key, String path, int otherwise) {
        double size = number(specs, key, path, otherwise);
        if (size < 1 || size > Integer.MAX_VALUE || size != Math.rint(size)) {
            fault(path + ".specs." + key, "'" + specs.get(key) + "' is no whole number from 1");
            return otherwise;
        }
        return (int) size;
    }

    private interface Item {
        void accept(String identifier, String path, Map<?, ?> map);
    }

    private void eachWithIdentifier(Map<?, ?> holder, String key, String path, Set<String> pseudo, Item action) {
        String listPath = path.isEmpty() ? key : path + "." + key;
        Object value = holder.get(key);
        if (value == null) {
            return;
        }
        if (!(value instanceof List<?> list)) {
            fault(listPath, "is not a list");
            return;
        }
        for (int i = 0; i < list.size(); i++) {
            String itemPath = listPath + "[" + i + "]";
            if (!(list.get(i) instanceof Map<?, ?> map)) {
                fault(itemPath, "is not an object");
                continue;
            }
            String identifier = String.valueOf(map.get("identifier"));
            if (pseudo.contains(identifier)) {
                continue;
            }
            if (map.get("identifier") == null || !IDENTIFIER.matcher(identifier).matches()) {
                fault(itemPath + ".identifier", "1 to 50 of letters, digits and _ are wanted");
                continue;
            }
            action.accept(identifier, itemPath, map);
        }
    }

    private <T> void put(Map<String, T> map, String identifier, String path, T value) {
        if (map.putIfAbsent(identifier, value) != null) {
            fault(path + ".identifier", "'" + identifier + "' stands twice");
        }
    }

    private void fault(String path, String message) {
        faults.add(new Fault(path, message));
    }
}
