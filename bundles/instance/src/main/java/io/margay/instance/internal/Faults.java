package io.margay.instance.internal;

import io.margay.model.Fault;
import io.margay.model.InvalidException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Collects what is wrong with a document, each with its place. */
final class Faults {
    /** More than anybody reads. */
    private static final int MOST = 100;

    private final List<Fault> faults = new ArrayList<>();

    void add(String path, Value at, String message) {
        add(path, at.line(), at.column(), message);
    }

    void add(String path, Value.Entry at, String message) {
        add(path, at.line(), at.column(), message);
    }

    private void add(String path, int line, int column, String message) {
        if (faults.size() < MOST) {
            faults.add(new Fault(path, line, column, message));
        }
    }

    /** Whether something was noted at a place or within it. */
    boolean within(String path) {
        return faults.stream().anyMatch(f -> f.path().equals(path) || f.path().startsWith(path + "."));
    }

    void throwIfAny() throws InvalidException {
        if (!faults.isEmpty()) {
            List<Fault> inOrder = new ArrayList<>(faults);
            inOrder.sort(Comparator.comparingInt(Fault::line).thenComparingInt(Fault::column));
            throw new InvalidException(inOrder);
        }
    }

    /** {@code ; did you mean 'x'?} where a known word is near, else the known words. */
    static String didYouMean(String word, Collection<String> known) {
        Optional<String> nearest = known.stream()
                .min(Comparator.comparingInt((String k) -> distance(word, k)).thenComparing(k -> k));
        if (nearest.isPresent()) {
            int near = distance(word, nearest.get());
            if (near <= Math.max(1, nearest.get().length() / 3)) {
                return "; did you mean '" + nearest.get() + "'?";
            }
        }
        if (known.isEmpty() || known.size() > 20) {
            return "";
        }
        return "; known here: " + String.join(", ", known);
    }

    /** How many letters must be changed, added, left out, or swapped with their neighbour. */
    private static int distance(String left, String right) {
        String a = left.toLowerCase(Locale.ROOT);
        String b = right.toLowerCase(Locale.ROOT);
        if (Math.abs(a.length() - b.length()) > 4) {
            return Integer.MAX_VALUE;
        }
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
