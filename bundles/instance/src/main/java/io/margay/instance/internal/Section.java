package io.margay.instance.internal;

import io.margay.model.Word;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

/** A map of the document with known keys. Each getter notes what is wrong and then gives a value to go on with. */
final class Section {
    private final Faults faults;
    private final String path;
    private final Value value;
    private final Map<String, Value.Entry> entries;

    Section(Faults faults, String path, Value value, String... known) {
        this.faults = faults;
        this.path = path;
        this.value = value;
        if (!value.isMap()) {
            faults.add(path, value, "a map of keys is wanted here, not " + value.type());
            this.entries = Map.of();
            return;
        }
        this.entries = value.entries();
        List<String> keys = Arrays.asList(known);
        entries.forEach((key, entry) -> {
            if (!keys.contains(key)) {
                faults.add(at(key), entry, "unknown key '" + key + "'" + Faults.didYouMean(key, keys));
            }
        });
    }

    String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    Faults faults() {
        return faults;
    }

    String path() {
        return path;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    Optional<Value> find(String key) {
        return Optional.ofNullable(entries.get(key)).map(Value.Entry::value);
    }

    /** Notes a fault at a key's value, or at this section where the key is missing. */
    void fault(String key, String message) {
        faults.add(at(key), find(key).orElse(value), message);
    }

    /** Notes a fault at this section. */
    void fault(String message) {
        faults.add(path, value, message);
    }

    /** How many of these keys are there must be one; notes it where not. */
    boolean oneOf(String... keys) {
        boolean there = Arrays.stream(keys).anyMatch(this::has);
        if (!there && value.isMap()) {
            fault("one of these keys is missing: " + String.join(", ", keys));
        }
        return atMostOneOf(keys) && there;
    }

    boolean atMostOneOf(String... keys) {
        boolean many = Arrays.stream(keys).filter(this::has).count() > 1;
        if (many) {
            fault("only one of these keys may be given: " + String.join(", ", keys));
        }
        return !many;
    }

    /** Notes what a check of {@code Limits} throws at a key's value. */
    void check(String key, Runnable check) {
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            fault(key, e.getMessage());
        }
    }

    /** @return empty, too, when it is no text, which is a fault */
    Optional<String> text(String key) {
        Optional<Value> found = find(key);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (found.get().content() instanceof String text) {
            return Optional.of(text);
        }
        String quotes = found.get().isMap() || found.get().isList() ? "" : "; put it in quotes";
        fault(key, "text is wanted, not " + found.get().type() + quotes);
        return Optional.empty();
    }

    private void noteMissing(String key) {
        if (!has(key) && value.isMap()) {
            fault("key '" + key + "' is missing");
        }
    }

    String required(String key) {
        noteMissing(key);
        return text(key).orElse("");
    }

    /** Text that must pass a check of {@code Limits}; empty where it does not. */
    String required(String key, Function<String, String> check) {
        String text = required(key);
        return has(key) ? checked(key, text, check) : "";
    }

    String checked(String key, String text, Function<String, String> check) {
        if (!(find(key).orElse(value).content() instanceof String)) {
            return "";
        }
        try {
            return check.apply(text);
        } catch (IllegalArgumentException e) {
            fault(key, e.getMessage());
            return "";
        }
    }

    int number(String key, int min, int max, int otherwise) {
        Optional<Value> found = find(key);
        if (found.isEmpty()) {
            return otherwise;
        }
        if (!(found.get().content() instanceof Long number)) {
            boolean tooLarge = found.get().content() instanceof BigInteger;
            fault(
                    key,
                    tooLarge
                            ? found.get().content() + " is out of range: " + min + " to " + max
                            : "a whole number is wanted, not " + found.get().type());
            return otherwise;
        }
        if (number < min || number > max) {
            fault(key, number + " is out of range: " + min + " to " + max);
            return otherwise;
        }
        return number.intValue();
    }

    /** A whole number whose range is checked by what it is for; 0 where there is none. */
    int requiredNumber(String key) {
        noteMissing(key);
        Optional<Value> found = find(key);
        if (found.isEmpty()) {
            return 0;
        }
        Object content = found.get().content();
        if (content instanceof Long number && number.intValue() == number) {
            return number.intValue();
        }
        boolean tooLarge = content instanceof Long || content instanceof BigInteger;
        fault(
                key,
                tooLarge
                        ? content + " is out of range"
                        : "a whole number is wanted, not " + found.get().type());
        return 0;
    }

    /** False where it is not given. */
    boolean flag(String key) {
        Optional<Value> found = find(key);
        if (found.isPresent() && !(found.get().content() instanceof Boolean)) {
            fault(key, "true or false is wanted, not " + found.get().type());
        }
        return found.isPresent() && Boolean.TRUE.equals(found.get().content());
    }

    <E extends Enum<E> & Word> E requiredWord(String key, Class<E> type, E otherwise) {
        noteMissing(key);
        return word(key, type).orElse(otherwise);
    }

    <E extends Enum<E> & Word> Optional<E> word(String key, Class<E> type) {
        Optional<String> text = text(key);
        if (text.isEmpty() || !(find(key).orElse(value).content() instanceof String)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Word.of(type, text.get()));
        } catch (IllegalArgumentException e) {
            fault(key, e.getMessage());
            return Optional.empty();
        }
    }

    Map<String, Object> free(String key) {
        Optional<Value> found = find(key);
        if (found.isEmpty()) {
            return Map.of();
        }
        if (!found.get().isMap()) {
            fault(key, "a map is wanted, not " + found.get().type());
            return Map.of();
        }
        return found.get().plainMap();
    }

    /** A map of text to text. */
    Map<String, String> texts(String key, BiConsumer<Section, String> checkName) {
        return entries(key, (section, name) -> {
            checkName.accept(section, name);
            return section.text(name).orElse("");
        });
    }

    /** A map of text to text, each as it is read of the map's section and a name. */
    Map<String, String> entries(String key, BiFunction<Section, String, String> read) {
        Optional<Value> found = find(key);
        if (found.isEmpty()) {
            return Map.of();
        }
        Map<String, Value.Entry> map = found.get().isMap() ? found.get().entries() : Map.of();
        Section section = new Section(faults, at(key), found.get(), map.keySet().toArray(String[]::new));
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : map.keySet()) {
            texts.put(name, read.apply(section, name));
        }
        return texts;
    }

    <T> List<T> list(String key, BiFunction<String, Value, T> item) {
        Optional<Value> found = find(key);
        if (found.isEmpty()) {
            return List.of();
        }
        if (!found.get().isList()) {
            fault(key, "a list is wanted, not " + found.get().type());
            return List.of();
        }
        List<T> list = new ArrayList<>();
        List<Value> items = found.get().items();
        for (int i = 0; i < items.size(); i++) {
            list.add(item.apply(at(key) + "[" + i + "]", items.get(i)));
        }
        return list;
    }
}
