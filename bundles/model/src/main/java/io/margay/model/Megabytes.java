package io.margay.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of memory as documents have them: {@code 256MB}, {@code 1GB}. */
public final class Megabytes {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(MB|GB)");

    private Megabytes() {}

    /** @throws IllegalArgumentException where it is none, or beyond the limits */
    public static int parse(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no size; write 256MB or 1GB");
        }
        long number = Long.parseLong(matcher.group(1));
        return Limits.memory(matcher.group(2).equals("MB") ? number : number * 1024);
    }

    public static String text(int megabytes) {
        return megabytes + "MB";
    }
}
