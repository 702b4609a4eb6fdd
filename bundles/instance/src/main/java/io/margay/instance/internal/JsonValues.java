package io.margay.instance.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON into values that know where they stand. The gateway's own documents are JSON; they may be longer than what
 * people write, since they hold the thing models, and JSON has no aliases.
 */
final class JsonValues {
    static final int MAX_CHARACTERS = 16 * 1024 * 1024;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(YamlValues.MAX_DEPTH)
                    .build())
            .build();

    private JsonValues() {}

    static Value read(String document) throws InvalidException {
        if (document.length() > MAX_CHARACTERS) {
            throw new InvalidException("", "the document is longer than 16 MiB");
        }
        try (JsonParser parser = FACTORY.createParser(document)) {
            if (parser.nextToken() == null) {
                throw new InvalidException("", "the document is empty");
            }
            Value value = value(parser);
            if (parser.nextToken() != null) {
                JsonLocation at = parser.currentTokenLocation();
                throw new InvalidException(List.of(
                        new Fault("", at.getLineNr(), at.getColumnNr(), "no JSON: there is more after its end")));
            }
            return value;
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            throw new InvalidException(List.of(new Fault(
                    "",
                    at == null ? 0 : at.getLineNr(),
                    at == null ? 0 : at.getColumnNr(),
                    "no JSON: " + e.getOriginalMessage())));
        } catch (IOException e) {
            throw new InvalidException("", "no JSON: " + e.getMessage());
        }
    }

    private static Value value(JsonParser parser) throws IOException {
        JsonLocation at = parser.currentTokenLocation();
        int line = at.getLineNr();
        int column = at.getColumnNr();
        return switch (parser.currentToken()) {
            case START_OBJECT -> Value.map(entries(parser), line, column);
            case START_ARRAY -> Value.list(items(parser), line, column);
            case VALUE_NULL -> Value.scalar(null, line, column);
            case VALUE_TRUE, VALUE_FALSE -> Value.scalar(parser.getBooleanValue(), line, column);
            case VALUE_NUMBER_INT -> Value.scalar(integer(parser.getBigIntegerValue()), line, column);
            case VALUE_NUMBER_FLOAT -> Value.scalar(parser.getDoubleValue(), line, column);
            default -> Value.scalar(parser.getText(), line, column);
        };
    }

    private static Map<String, Value.Entry> entries(JsonParser parser) throws IOException {
        Map<String, Value.Entry> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonLocation at = parser.currentTokenLocation();
            parser.nextToken();
            entries.put(key, new Value.Entry(value(parser), at.getLineNr(), at.getColumnNr()));
        }
        return entries;
    }

    private static List<Value> items(JsonParser parser) throws IOException {
        List<Value> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser));
        }
        return items;
    }

    private static Number integer(BigInteger integer) {
        return integer.bitLength() < Long.SIZE ? (Number) integer.longValue() : integer;
    }
}
