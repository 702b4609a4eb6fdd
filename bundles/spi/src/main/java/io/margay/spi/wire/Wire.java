package io.margay.spi.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.margay.spi.WorkerException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON-RPC 2.0 messages to and from bytes, in one pass: this is on the way of each call. */
public final class Wire {
    /** Bytes of a message; longer ones are refused by both sides. */
    public static final int MAX_MESSAGE = 8 * 1024 * 1024;

    private static final JsonFactory JSON = new JsonFactory();

    private Wire() {}

    /** Writes what stands inside a message. */
    @FunctionalInterface
    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    /** A request, or a notification where the id is null. */
    public static byte[] request(Object id, String method, Map<String, ?> params) {
        return message(json -> {
            if (id != null) {
                json.writeFieldName("id");
                value(json, id);
            }
            json.writeStringField("method", method);
            if (!params.isEmpty()) {
                json.writeFieldName("params");
                value(json, params);
            }
        });
    }

    /**
     * A request that can be sent.
     *
     * @throws WorkerException a value is none of JSON, or the message would be longer than {@link #MAX_MESSAGE}
     */
    public static byte[] sendable(Object id, String method, Map<String, ?> params) throws WorkerException {
        byte[] message;
        try {
            message = request(id, method, params);
        } catch (IllegalArgumentException e) {
            throw new WorkerException(false, "InvalidParams", e.getMessage());
        }
        if (message.length > MAX_MESSAGE) {
            throw new WorkerException(
                    false,
                    "TooLarge",
                    method + " would be a message of " + message.length + " bytes; at most " + MAX_MESSAGE
                            + " are possible");
        }
        return message;
    }

    public static byte[] result(Object id, Object result) {
        return message(json -> {
            json.writeFieldName("id");
            value(json, id);
            json.writeFieldName("result");
            value(json, result == null ? Map.of() : result);
        });
    }

    public static byte[] error(Object id, int code, String message, String errorType) {
        return message(json -> {
            json.writeFieldName("id");
            value(json, id);
            json.writeObjectFieldStart("error");
            json.writeNumberField("code", code);
            json.writeStringField("message", message);
            if (!errorType.isEmpty()) {
                json.writeObjectFieldStart("data");
                json.writeStringField("errorType", errorType);
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }

    private static byte[] message(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("jsonrpc", "2.0");
            body.write(json);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void value(JsonGenerator json, Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof String s) {
            json.writeString(s);
        } else if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> e : map.entrySet()) {
                json.writeFieldName(String.valueOf(e.getKey()));
                value(json, e.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof Collection<?> list) {
            json.writeStartArray();
            for (Object each : list) {
                value(json, each);
            }
            json.writeEndArray();
        } else if (value instanceof Boolean b) {
            json.writeBoolean(b);
        } else if (value instanceof Number n) {
            number(json, n);
        } else {
            throw new IllegalArgumentException(
                    "JSON has no such value: " + value.getClass().getName());
        }
    }

    private static void number(JsonGenerator json, Number n) throws IOException {
        if (n instanceof Integer || n instanceof Long || n instanceof Short || n instanceof Byte) {
            json.writeNumber(n.longValue());
        } else if (n instanceof BigDecimal d) {
            json.writeNumber(d);
        } else if (n instanceof BigInteger i) {
            json.writeNumber(i);
        } else if (n instanceof Float f) {
            json.writeNumber(f);
        } else {
            json.writeNumber(n.doubleValue());
        }
    }

    /** @throws IOException it is no JSON-RPC message; the message says why */
    public static Incoming read(byte[] bytes, int offset, int length) throws IOException {
        Object id = null;
        String method = null;
        Object params = null;
        Object result = null;
        Object error = null;
        try (JsonParser json = JSON.createParser(bytes, offset, length)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("a message is a JSON object");
            }
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                switch (name) {
                    case "id" -> id = value(json);
                    case "method" -> method = json.getValueAsString();
                    case "params" -> params = value(json);
                    case "result" -> result = value(json);
                    case "error" -> error = value(json);
                    default -> json.skipChildren();
                }
            }
            if (json.nextToken() != null) {
                throw new IOException("one message a line");
            }
        }
        if (id != null && !(id instanceof Number) && !(id instanceof String)) {
            throw new IOException("an id is a number or a text");
        }
        if (method == null && id == null && error == null) {
            throw new IOException("a message has a method or an id");
        }
        return new Incoming(
                id, method, object(params, "params"), result, error == null ? null : object(error, "error"));
    }

    private static Map<String, Object> object(Object value, String name) throws IOException {
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw new IOException(name + " is an object");
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> object = (Map<String, Object>) map;
        return object;
    }

    private static Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                    json.nextToken();
                    map.put(name, value(json));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(json));
                }
                yield list;
            }
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getNumberValue();
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new IOException("unexpected " + json.currentToken());
        };
    }
}
