package io.margay.spi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** JSON values as maps (in order), lists, strings, numbers, booleans and nulls. */
public final class Json {
    /** The reader calls itself for each level; deeper than this is nothing that anybody means. */
    private static final int MAX_DEPTH = 200;

    private static final JSON JSON_ = new JSON(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .with(JSON.Feature.PRESERVE_FIELD_ORDERING, JSON.Feature.WRITE_NULL_PROPERTIES);

    private Json() {}

    /** @throws IOException it is not JSON; the message names line and column */
    public static Object read(byte[] json) throws IOException {
        return JSON_.anyFrom(json);
    }

    /** @throws IOException it is not a JSON object; the message names line and column */
    public static Map<String, Object> readObject(byte[] json) throws IOException {
        Object value = read(json);
        if (value instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked")
            Map<String, Object> object = (Map<String, Object>) map;
            return object;
        }
        throw new IOException("a JSON object is wanted, between { and }");
    }

    public static byte[] write(Object value) {
        try {
            return JSON_.asBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String text(Object value) {
        return new String(write(value), StandardCharsets.UTF_8);
    }
}
