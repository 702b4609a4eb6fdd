package io.margay.model;

import java.util.Map;

/**
 * The sealed form of a secret: in documents, configurations and all that is kept it stands in the place of the text, which
 * only the gateway's key gives back. No other value begins as it does.
 */
public final class Sealed {
    public static final String PREFIX = "sealed:v1:";

    private Sealed() {}

    public static boolean is(String value) {
        return value.startsWith(PREFIX);
    }

    /** A value as a document has it: itself, or a map where it is sealed. */
    public static Object document(String value) {
        return is(value) ? Map.of("secret", value) : value;
    }
}
