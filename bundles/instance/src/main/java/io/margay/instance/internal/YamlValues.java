package io.margay.instance.internal;

import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads YAML 1.2 (core schema) into values that know where they stand. Refuses what is made to use up the memory, and
 * reads the parser's events: the library's tree of nodes would take twenty times the memory of the document.
 */
final class YamlValues {
    static final int MAX_CHARACTERS = Limits.MAX_DOCUMENT_BYTES;
    static final int MAX_DEPTH = 50;
    /** Values with what aliases repeat counted each time; a document without aliases has fewer than its characters. */
    static final int MAX_VALUES = 1_000_000;

    private final Iterator<Event> events;
    private final ScalarResolver resolver;
    private final Map<Anchor, Value> anchors = new HashMap<>();
    private final Set<Anchor> open = new HashSet<>();
    private int depth;

    private YamlValues(Iterator<Event> events, ScalarResolver resolver) {
        this.events = events;
        this.resolver = resolver;
    }

    static Value read(String document) throws InvalidException {
        if (document.length() > MAX_CHARACTERS) {
            throw new InvalidException(
                    "",
                    "the document is longer than " + MAX_CHARACTERS / (1024 * 1024) + " MiB; divide it among gateways");
        }
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new CoreSchema())
                .setUseMarks(true)
                .setCodePointLimit(MAX_CHARACTERS)
                .build();
        try {
            YamlValues values = new YamlValues(
                    new Parse(settings).parseString(document).iterator(),
                    settings.getSchema().getScalarResolver());
            return values.document();
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(m -> m.getLine() + 1).orElse(0);
            int column = e.getProblemMark().map(m -> m.getColumn() + 1).orElse(0);
            String context = e.getContext() == null ? "" : " " + e.getContext();
            throw new InvalidException(List.of(new Fault("", line, column, "no YAML: " + e.getProblem() + context)));
        } catch (YamlEngineException e) {
            throw new InvalidException("", "no YAML: " + e.getMessage());
        }
    }

    private Value document() throws InvalidException {
        events.next(); // the start of the stream
        if (events.next().getEventId() == Event.ID.StreamEnd) {
            throw new InvalidException("", "the document is empty");
        }
        Value value = value(events.next());
        events.next(); // the end of the document
        Event next = events.next();
        if (next.getEventId() != Event.ID.StreamEnd) {
            throw fault(next.getStartMark(), "a second document starts here; one file holds one edge instance");
        }
        return value;
    }

    private Value value(Event event) throws InvalidException {
        if (event instanceof AliasEvent alias) {
            return alias(alias);
        }
        Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
        anchor.ifPresent(open::add);
        if (++depth > MAX_DEPTH) {
            throw fault(event.getStartMark(), "nested deeper than " + MAX_DEPTH + " levels");
        }
        Value value = build(event);
        depth--;
        if (value.weight() > MAX_VALUES) {
            throw fault(event.getStartMark(), "more than " + MAX_VALUES + " values; aliases repeat too much");
        }
        anchor.ifPresent(name -> {
            open.remove(name);
            anchors.put(name, value);
        });
        return value;
    }

    private Value alias(AliasEvent alias) throws InvalidException {
        if (open.contains(alias.getAlias())) {
            throw fault(alias.getStartMark(), "an alias refers to what it stands in");
        }
        Value value = anchors.get(alias.getAlias());
        if (value == null) {
            throw fault(alias.getStartMark(), "no YAML: alias *" + alias.getAlias() + " has no anchor before it");
        }
        return value;
    }

    private Value build(Event event) throws InvalidException {
        int line = line(event.getStartMark());
        int column = column(event.getStartMark());
        return switch (event.getEventId()) {
            case MappingStart -> Value.map(entries(), line, column);
            case SequenceStart -> Value.list(items(), line, column);
            default -> Value.scalar(scalar((ScalarEvent) event), line, column);
        };
    }

    private Map<String, Value.Entry> entries() throws InvalidException {
        Map<String, Value.Entry> entries = new LinkedHashMap<>();
        for (Event next = events.next(); next.getEventId() != Event.ID.MappingEnd; next = events.next()) {
            Optional<Mark> at = next.getStartMark();
            String key = key(next);
            Value.Entry entry = new Value.Entry(value(events.next()), line(at), column(at));
            if (entries.putIfAbsent(key, entry) != null) {
                throw fault(at, "key '" + key + "' stands here twice");
            }
        }
        return entries;
    }

    private String key(Event event) throws InvalidException {
        if (event instanceof ScalarEvent scalar && scalar.getAnchor().isEmpty()) {
            return scalar.getValue().intern(); // the same few words in each of thousands of entries
        }
        Value key = value(event);
        if (key.isMap() || key.isList()) {
            throw fault(event.getStartMark(), "a key is a word, not a list or map");
        }
        return String.valueOf(key.content());
    }

    private List<Value> items() throws InvalidException {
        List<Value> items = new ArrayList<>();
        for (Event next = events.next(); next.getEventId() != Event.ID.SequenceEnd; next = events.next()) {
            items.add(value(next));
        }
        return items;
    }

    private Object scalar(ScalarEvent event) throws InvalidException {
        String text = event.getValue();
        Tag tag = event.getTag()
                .filter(name -> !name.equals("!"))
                .map(Tag::new)
                .orElseGet(() -> resolver.resolve(text, event.getImplicit().canOmitTagInPlainScalar()));
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
            throw fault(event.getStartMark(), "'" + text + "' is no number");
        }
        if (tag.equals(Tag.STR)) {
            return text;
        }
        throw fault(event.getStartMark(), "tag " + tag + " is not known here; leave it out");
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

    private static int line(Optional<Mark> mark) {
        return mark.map(m -> m.getLine() + 1).orElse(0);
    }

    private static int column(Optional<Mark> mark) {
        return mark.map(m -> m.getColumn() + 1).orElse(0);
    }

    private static InvalidException fault(Optional<Mark> mark, String message) {
        return new InvalidException(List.of(new Fault("", line(mark), column(mark), message)));
    }
}
