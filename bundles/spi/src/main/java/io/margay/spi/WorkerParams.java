package io.margay.spi;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Reads and writes the params and results of the worker protocol. */
public final class WorkerParams {
    private WorkerParams() {}

    /** @throws IllegalArgumentException the member is missing or no text */
    public static String text(Map<String, ?> params, String key) {
        if (params.get(key) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(key + " is missing or no text");
    }

    /** @throws IllegalArgumentException the member is there and no object; empty where it is missing */
    public static Map<String, Object> object(Map<String, ?> params, String key) {
        Object value = params.get(key);
        return value == null ? Map.of() : asObject(value, key);
    }

    /** @throws IllegalArgumentException the value is no object */
    public static Map<String, Object> asObject(Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked")
            Map<String, Object> object = (Map<String, Object>) map;
            return object;
        }
        throw new IllegalArgumentException(what + " is no object");
    }

    /** Texts of a list, empty where it is missing. */
    public static List<String> texts(Map<String, ?> params, String key) {
        return params.get(key) instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** The bytes of {@code payload} or {@code payloadBase64}; empty where there is neither. */
    public static byte[] payload(Map<String, ?> params) {
        if (params.get("payload") instanceof String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (params.get("payloadBase64") instanceof String text) {
            return Base64.getDecoder().decode(text);
        }
        return new byte[0];
    }

    /** Puts bytes as {@code payload} where they are UTF-8, else as {@code payloadBase64}. */
    public static void putPayload(Map<String, Object> params, byte[] bytes) {
        try {
            params.put(
                    "payload",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException e) {
            params.put("payloadBase64", Base64.getEncoder().encodeToString(bytes));
        }
    }
}
