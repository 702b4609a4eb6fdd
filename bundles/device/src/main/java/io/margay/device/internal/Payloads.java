package io.margay.device.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** Writes reports as the JSON that travels: {@code {"p":{"value":v,"time":ms}}} and {@code {"value":{…},"time":ms}}. */
final class Payloads {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .enable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .build();

    private Payloads() {}

    static byte[] properties(Map<String, ?> properties, long time) {
        return write(json -> {
            json.writeStartObject();
            for (Map.Entry<String, ?> property : properties.entrySet()) {
                json.writeObjectFieldStart(property.getKey());
                json.writeFieldName("value");
                value(json, property.getValue());
                json.writeNumberField("time", time);
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }

    static byte[] event(Map<String, ?> output, long time) {
        return write(json -> {
            json.writeStartObject();
            json.writeFieldName("value");
            value(json, output);
            json.writeNumberField("time", time);
            json.writeEndObject();
        });
    }

    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private static byte[] write(Body body) {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(FACTORY._getBufferRecycler());
                JsonGenerator json = FACTORY.createGenerator(bytes)) {
            body.write(json);
            json.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void value(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Double real) {
            json.writeNumber(real.doubleValue());
        } else if (value instanceof Float real) {
            // As a double it would get digits that nobody measured.
            json.writeNumber(real.floatValue());
        } else if (value instanceof Integer
                || value instanceof Long
                || value instanceof Short
                || value instanceof Byte) {
            json.writeNumber(((Number) value).longValue());
        } else if (value instanceof Boolean bool) {
            json.writeBoolean(bool);
        } else if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                json.writeFieldName(String.valueOf(entry.getKey()));
                value(json, entry.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Object item : list) {
                value(json, item);
            }
            json.writeEndArray();
        } else if (value == null) {
            json.writeNull();
        } else {
            json.writeNumber(new java.math.BigDecimal(value.toString()));
        }
    }
}
