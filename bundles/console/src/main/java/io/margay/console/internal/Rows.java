package io.margay.console.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Rows of a table: the first that hold all words of a filter, and how many there are. */
final class Rows {
    /** So many rows are shown; a browser on a small machine draws more of them too slowly. */
    static final int SHOWN = 200;

    private Rows() {}

    /**
     * @param searched the text of an item in which the words are looked for
     * @param view the row of an item; called only for rows that are shown
     * @return {@code total}, {@code matching} and {@code rows}
     */
    static <T> Map<String, Object> of(
            List<T> items, List<String> words, Function<T, String> searched, Function<T, Map<String, Object>> view) {
        List<Map<String, Object>> rows = new ArrayList<>();
        int matching = 0;
        for (T item : items) {
            if (holds(searched, item, words)) {
                matching++;
                if (rows.size() < SHOWN) {
                    rows.add(view.apply(item));
                }
            }
        }
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("total", items.size());
        table.put("matching", matching);
        table.put("rows", rows);
        return table;
    }

    private static <T> boolean holds(Function<T, String> searched, T item, List<String> words) {
        if (words.isEmpty()) {
            return true;
        }
        String text = searched.apply(item).toLowerCase(Locale.ROOT);
        return words.stream().allMatch(text::contains);
    }
}
