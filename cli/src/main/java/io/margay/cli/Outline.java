package io.margay.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;

/**
 * A YAML document as far as it may name files: the devices, of which there may be thousands, are read over. The library's
 * tree of nodes would take twenty times the memory of the document.
 *
 * @param text of a scalar; null of a list or map
 * @param line from 1
 * @param column from 1
 */
record Outline(String text, Map<String, Outline> entries, List<Outline> items, int line, int column) {
    private static final String DEVICES = "devices";
    private static final int MAX_DEPTH = 200;

    /** @return empty where there is nothing but comments */
    static Optional<Outline> of(String name, String document, int maxCharacters) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(name)
                .setCodePointLimit(maxCharacters)
                .build();
        Reader reader = new Reader(new Parse(settings).parseString(document).iterator());
        return reader.document();
    }

    /** Builds outlines from the parser's events. */
    private static final class Reader {
        private final Iterator<Event> events;
        private final Map<Anchor, Outline> anchors = new HashMap<>();

        Reader(Iterator<Event> events) {
            this.events = events;
        }

        Optional<Outline> document() {
            events.next(); // the start of the stream
            if (events.next().getEventId() == Event.ID.StreamEnd) {
                return Optional.empty();
            }
            Outline root = value(events.next(), 0);
            events.forEachRemaining(rest -> {}); // so that a fault further on is found
            return Optional.of(root);
        }

        private Outline value(Event event, int depth) {
            int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
            int column = event.getStartMark().map(mark -> mark.getColumn() + 1).orElse(0);
            if (event instanceof AliasEvent alias) {
                Outline known = anchors.get(alias.getAlias());
                // What an alias without an anchor means is the gateway's to say.
                return known == null ? new Outline("", Map.of(), List.of(), line, column) : known;
            }
            Outline value;
            if (event instanceof ScalarEvent scalar) {
                value = new Outline(scalar.getValue(), Map.of(), List.of(), line, column);
            } else if (depth > MAX_DEPTH) {
                skip();
                value = new Outline(null, Map.of(), List.of(), line, column);
            } else if (event.getEventId() == Event.ID.MappingStart) {
                value = new Outline(null, entries(depth), List.of(), line, column);
            } else {
                value = new Outline(null, Map.of(), items(depth), line, column);
            }
            ((NodeEvent) event).getAnchor().ifPresent(anchor -> anchors.put(anchor, value));
            return value;
        }

        private Map<String, Outline> entries(int depth) {
            Map<String, Outline> entries = new LinkedHashMap<>();
            for (Event next = events.next(); next.getEventId() != Event.ID.MappingEnd; next = events.next()) {
                String key = value(next, depth + 1).text();
                Event content = events.next();
                if (depth == 0 && DEVICES.equals(key) && content.getEventId() == Event.ID.SequenceStart) {
                    skip();
                } else {
                    Outline value = value(content, depth + 1);
                    entries.putIfAbsent(String.valueOf(key), value);
                }
            }
            return entries;
        }

        private List<Outline> items(int depth) {
            List<Outline> items = new ArrayList<>();
            for (Event next = events.next(); next.getEventId() != Event.ID.SequenceEnd; next = events.next()) {
                items.add(value(next, depth + 1));
            }
            return items;
        }

        /** Reads to the end of the list or map that has begun; keeps the scalars in it that have names. */
        private void skip() {
            int open = 1;
            while (open > 0) {
                Event next = events.next();
                switch (next.getEventId()) {
                    case MappingStart, SequenceStart -> open++;
                    case MappingEnd, SequenceEnd -> open--;
                    case Scalar -> {
                        if (((ScalarEvent) next).getAnchor().isPresent()) {
                            value(next, 0);
                        }
                    }
                    default -> {}
                }
            }
        }
    }
}
