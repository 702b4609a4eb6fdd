package io.margay.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** JSON as maps (in order), lists, strings, numbers, booleans and nulls. */
final class Json {
    private static final JSON JSON_ =
            JSON.std.with(JSON.Feature.PRESERVE_FIELD_ORDERING, JSON.Feature.WRITE_NULL_PROPERTIES);

    private Json() {}

    static Object read(String json) throws IOException {
        return JSON_.anyFrom(json);
    }

    /** An object; empty where it is something else. */
    static Map<String, Object> object(byte[] json) throws IOException {
        return map(read(new String(json, StandardCharsets.UTF_8)));
    }

    static String text(Object value) {
        try {
            return JSON_.asString(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        return value instanceof Map ? (Map<String, Object>) value : Map.of();
    }

    /** The objects of a list. */
    static List<Map<String, Object>> maps(Object value) {
        return value instanceof List<?> list ? list.stream().map(Json::map).toList() : List.of();
    }

    static String string(Map<String, Object> object, String key) {
        Object value = object.get(key);
        return value == null ? "" : value.toString();
    }

    static long number(Map<String, Object> object, String key) {
        return object.get(key) instanceof Number number ? number.longValue() : 0;
    }

    static boolean bool(Map<String, Object> object, String key) {
        return Boolean.TRUE.equals(object.get(key));
    }
}
