package io.margay.console.internal;

import io.margay.model.DataType;
import io.margay.spi.Json;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;

/** Values as people read them. */
final class Texts {
    private static final int MAX_VALUE = 120;

    /** Hides the dust of binary fractions (80.10000000000001) and leaves counters with two decimals whole. */
    private static final MathContext DIGITS = new MathContext(12);

    private static final MathContext FEW_DIGITS = new MathContext(4);

    private Texts() {}

    /**
     * @param value a JSON value, may be null
     * @param type its type in the thing model, null where that is not known
     */
    static String value(Object value, DataType type) {
        if (type instanceof DataType.Enumeration names && value instanceof Number number) {
            String name = names.names().get(number.intValue());
            return name == null ? number.toString() : cut(name + " (" + number + ")", MAX_VALUE);
        }
        if (type instanceof DataType.Date && value != null) {
            return date(value.toString());
        }
        if (value instanceof Double || value instanceof Float) {
            return real(((Number) value).doubleValue());
        }
        return cut(value instanceof String text ? text : Json.text(value), MAX_VALUE);
    }

    private static String real(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS);
        // Four decimals are more than any sensor has, and four digits where there is nothing before the point.
        rounded = Math.abs(value) < 1
                ? rounded.round(FEW_DIGITS)
                : rounded.setScale(Math.min(4, rounded.scale()), RoundingMode.HALF_UP);
        rounded = rounded.stripTrailingZeros();
        return Math.abs(rounded.scale()) > 12 ? rounded.toString() : rounded.toPlainString();
    }

    private static String date(String millis) {
        try {
            return Instant.ofEpochMilli(Long.parseLong(millis)).toString();
        } catch (NumberFormatException | DateTimeException e) {
            // A number that no calendar holds is shown as it came.
            return cut(millis, MAX_VALUE);
        }
    }

    /** The text, or its beginning and an ellipsis; never half a character. */
    static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
        return text.substring(0, end) + "…";
    }
}
