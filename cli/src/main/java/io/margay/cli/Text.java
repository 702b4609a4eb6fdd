package io.margay.cli;

import java.util.Locale;

/** Figures for people. */
final class Text {
    private Text() {}

    /** {@code 4 s}, {@code 3 min}, {@code 2 h}, {@code 5 d}. */
    static String duration(long seconds) {
        if (seconds < 120) {
            return Math.max(0, seconds) + " s";
        } else if (seconds < 2 * 3600) {
            return seconds / 60 + " min";
        } else if (seconds < 48 * 3600) {
            return seconds / 3600 + " h";
        }
        return seconds / 86_400 + " d";
    }

    /** How long ago a time in milliseconds since 1970 was. */
    static String age(long time) {
        return duration((System.currentTimeMillis() - time) / 1000);
    }

    static String megabytes(long bytes) {
        return bytes / (1024 * 1024) + " MB";
    }

    /** A value as a person writes it. */
    static String value(Object value) {
        if (value instanceof Double || value instanceof Float) {
            String text = String.format(Locale.ROOT, "%.3f", ((Number) value).doubleValue());
            return text.replaceFirst("\\.?0+$", "");
        }
        return value instanceof String text ? printable(text) : Json.text(value);
    }

    /** What a device or a function said must not steer the terminal. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "\uFFFD");
    }

    static String micros(long micros) {
        return micros < 10_000
                ? String.format(Locale.ROOT, "%.2f ms", micros / 1000.0)
                : String.format(Locale.ROOT, "%d ms", micros / 1000);
    }

    static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** The first line, cut where it is long. */
    static String brief(String text, int length) {
        String line = printable(text.lines().findFirst().orElse(""));
        return line.length() <= length ? line : line.substring(0, length - 1) + "…";
    }
}
