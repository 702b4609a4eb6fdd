package io.margay.instance.internal;

import io.margay.model.Fault;
import io.margay.model.InvalidException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads YAML 1.2 (core schema) into values that know where they stand. Refuses what is made to use up the memory. */
final class YamlValues {
    static final int MAX_CHARACTERS = 1024 * 1024;
    static final int MAX_DEPTH = 50;
    /** Values with what aliases repeat counted each time; a document without aliases has fewer than its characters. */
    static final int MAX_VALUES = 200_000;

    private final IdentityHashMap<Node, Value> done = new IdentityHashMap<>();
    private final IdentityHashMap<Node, Boolean> open = new IdentityHashMap<>();

    private YamlValues() {}

    static Value read(String document) throws InvalidException {
        if (document.length() > MAX_CHARACTERS) {
            throw new InvalidException("", "the document is longer than 1 MB");
        }
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setUseMarks(true)
                .setCodePointLimit(MAX_CHARACTERS)
                .build();
        try {
            checkDepth(document, settings);
            Optional<Node> root = new Compose(settings).composeString(document);
            if (root.isEmpty()) {
                throw new InvalidException("", "the document is empty");
            }
            return new YamlValues().value(root.get());
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(m -> m.getLine() + 1).orElse(0);
            int column = e.getProblemMark().map(m -> m.getColumn() + 1).orElse(0);
            String context = e.getContext() == null ? "" : " " + e.getContext();
            throw new InvalidException(List.of(new Fault("", line, column, "no YAML: " + e.getProblem() + context)));
        } catch (YamlEngineException e) {
            throw new InvalidException("", "no YAML: " + e.getMessage());
        }
    }

    /** The composer calls itself for each level; the parser below it does not. */
    private static void checkDepth(String document, LoadSettings settings) throws InvalidException {
        int depth = 0;
        for (Event event : new Parse(settings).parseString(document)) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                default -> {}
            }
            if (depth > MAX_DEPTH) {
                throw fault(event.getStartMark(), "nested deeper than " + MAX_DEPTH + " levels");
            }
        }
    }

    private Value value(Node node) throws InvalidException {
        Value known = done.get(node);
        if (known != null) {
            return known;
        }
        if (open.put(node, true) != null) {
            throw fault(node.getStartMark(), "an alias refers to what it stands in");
        }
        Value value = build(node);
        if (value.weight() > MAX_VALUES) {
            throw fault(node.getStartMark(), "more than " + MAX_VALUES + " values; aliases repeat too much");
        }
        open.remove(node);
        done.put(node, value);
        return value;
    }

    private Value build(Node node) throws InvalidException {
        int line = line(node);
        int column = column(node);
        if (node instanceof MappingNode mapping) {
            Map<String, Value.Entry> entries = new LinkedHashMap<>();
            for (NodeTuple tuple : mapping.getValue()) {
                Node key = tuple.getKeyNode();
                if (!(key instanceof ScalarNode scalar)) {
                    throw fault(key.getStartMark(), "a key is a word, not a list or map");
                }
                Value.Entry entry = new Value.Entry(value(tuple.getValueNode()), line(key), column(key));
                if (entries.putIfAbsent(scalar.getValue(), entry) != null) {
                    throw fault(key.getStartMark(), "key '" + scalar.getValue() + "' stands here twice");
                }
            }
            return Value.map(entries, line, column);
        }
        if (node instanceof SequenceNode sequence) {
            List<Value> items = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                items.add(value(item));
            }
            return Value.list(items, line, column);
        }
        return Value.scalar(scalar((ScalarNode) node), line, column);
    }

    private static Object scalar(ScalarNode node) throws InvalidException {
        String text = node.getValue();
        Tag tag = node.getTag();
        if (tag.equals(Tag.NULL)) {
            return null;
        }
        if (tag.equals(Tag.BOOL)) {
            return Boolean.valueOf(text);
        }
        try {
            if (tag.equals(Tag.INT)) {
                return integer(text);
            }
            if (tag.equals(Tag.FLOAT)) {
                return decimal(text);
            }
        } catch (NumberFormatException e) {
            throw fault(node.getStartMark(), "'" + text + "' is no number");
        }
        if (tag.equals(Tag.STR)) {
            return text;
        }
        throw fault(node.getStartMark(), "tag " + tag + " is not known here; leave it out");
    }

    private static Number integer(String text) {
        BigInteger integer;
        if (text.startsWith("0x")) {
            integer = new BigInteger(text.substring(2), 16);
        } else if (text.startsWith("0o")) {
            integer = new BigInteger(text.substring(2), 8);
        } else {
            integer = new BigInteger(text);
        }
        return integer.bitLength() < Long.SIZE ? (Number) integer.longValue() : integer;
    }

    private static double decimal(String text) {
        // JSON has neither infinity nor NaN, and everything in a document must be able to travel as JSON.
        double value = Double.parseDouble(text);
        if (!Double.isFinite(value)) {
            throw new NumberFormatException(text);
        }
        return value;
    }

    private static int line(Node node) {
        return node.getStartMark().map(m -> m.getLine() + 1).orElse(0);
    }

    private static int column(Node node) {
        return node.getStartMark().map(m -> m.getColumn() + 1).orElse(0);
    }

    private static InvalidException fault(Optional<Mark> mark, String message) {
        return new InvalidException(List.of(new Fault(
                "",
                mark.map(m -> m.getLine() + 1).orElse(0),
                mark.map(m -> m.getColumn() + 1).orElse(0),
                message)));
    }
}
