package io.margay.model;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of Margay itself: one to three numbers; those left out are 0. */
public record GatewayVersion(int major, int minor, int micro) implements Comparable<GatewayVersion> {
    private static final Pattern NUMBERS = Pattern.compile("([0-9]{1,6})(?:\\.([0-9]{1,6}))?(?:\\.([0-9]{1,6}))?");
    private static final Comparator<GatewayVersion> ORDER = Comparator.comparingInt(GatewayVersion::major)
            .thenComparingInt(GatewayVersion::minor)
            .thenComparingInt(GatewayVersion::micro);

    /** @throws IllegalArgumentException it is none; the message names it and says what is wanted */
    public static GatewayVersion parse(String text) {
        Matcher matcher = NUMBERS.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no gateway version: one to three numbers of at most 6 digits, such as 0.1.0");
        }
        return new GatewayVersion(number(matcher.group(1)), number(matcher.group(2)), number(matcher.group(3)));
    }

    private static int number(String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }

    @Override
    public int compareTo(GatewayVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + micro;
    }
}
