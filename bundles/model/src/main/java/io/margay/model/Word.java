package io.margay.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** An enum constant that stands in documents as a lower-case word with hyphens. */
public interface Word {
    String name();

    /** The word as it stands in documents: {@code ON_DEMAND} is {@code on-demand}. */
    default String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Finds the constant of a word. */
    static <E extends Enum<E> & Word> E of(Class<E> type, String word) {
        for (E constant : type.getEnumConstants()) {
            if (constant.word().equals(word)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("'" + word + "' is none of " + list(type));
    }

    /** All words of a type, for messages. */
    static <E extends Enum<E> & Word> String list(Class<E> type) {
        return Arrays.stream(type.getEnumConstants()).map(Word::word).collect(Collectors.joining(", "));
    }
}
