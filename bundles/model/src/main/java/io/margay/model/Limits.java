package io.margay.model;

import java.util.regex.Pattern;

/** Every limit that Margay states, in one place. */
public final class Limits {
    public static final int MAX_KEY_VALUES = 100;
    public static final int MAX_JSON_BYTES = 1024;
    public static final int MAX_ENVIRONMENT = 10;
    /** Longest edge instance document: 15,000 devices with a configuration of some hundred bytes each. */
    public static final int MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

    public static final long MAX_PACKAGE_BYTES = 50L * 1024 * 1024;
    public static final int MAX_TOPIC_CHARACTERS = 256;
    public static final int DEFAULT_QUEUE = 10_000;
    public static final int MAX_QUEUE = 1_000_000;

    private static final Pattern DRIVER = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,19}");
    private static final Pattern FUNCTION = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,127}");
    private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9_@.:-]{4,32}");
    private static final Pattern PRODUCT_KEY = Pattern.compile("[A-Za-z0-9_-]{1,32}");
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final Pattern ROUTE = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final Pattern INSTANCE = Pattern.compile("[A-Za-z0-9_.-]{1,32}");
    private static final Pattern ENVIRONMENT = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");

    private Limits() {}

    public static String driverName(String name) {
        return matching(DRIVER, name, "driver name", "letters, digits and _, starting with a letter, at most 20");
    }

    public static String functionName(String name) {
        return matching(
                FUNCTION, name, "function name", "letters, digits, _ and -, starting with a letter, at most 128");
    }

    public static String deviceName(String name) {
        return matching(DEVICE, name, "device name", "4 to 32 of letters, digits and - _ @ . :");
    }

    public static String productKey(String key) {
        return matching(PRODUCT_KEY, key, "product key", "1 to 32 of letters, digits, _ and -");
    }

    public static String version(String version) {
        return matching(VERSION, version, "version", "1 to 64 of letters, digits and _ - .");
    }

    public static String routeName(String name) {
        return matching(ROUTE, name, "route name", "1 to 64 of letters, digits and _ - .");
    }

    public static String instanceName(String name) {
        return matching(INSTANCE, name, "edge instance name", "1 to 32 of letters, digits and _ - .");
    }

    public static String environmentName(String name) {
        return matching(
                ENVIRONMENT,
                name,
                "environment variable",
                "letters, digits and _, not starting with a digit, at most 64");
    }

    private static String matching(Pattern pattern, String value, String what, String rule) {
        if (value == null || !pattern.matcher(value).matches()) {
            throw new IllegalArgumentException("'" + value + "' is no valid " + what + ": " + rule);
        }
        return value;
    }
}
