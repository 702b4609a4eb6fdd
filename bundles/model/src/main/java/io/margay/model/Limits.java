package io.margay.model;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Every limit that Margay states, in one place. */
public final class Limits {
    public static final int MAX_KEY_VALUES = 100;
    public static final int MAX_JSON_BYTES = 1024;
    public static final int MAX_ENVIRONMENT = 10;
    /** Of a secret's text in UTF-8; no variable of a process can be longer than four times that. */
    public static final int MAX_SECRET_BYTES = 32 * 1024;
    /** Longest edge instance document: 15,000 devices with a configuration of some hundred bytes each. */
    public static final int MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

    public static final long MAX_PACKAGE_BYTES = 50L * 1024 * 1024;
    public static final int MAX_PACKAGE_ENTRIES = 10_000;
    public static final long MAX_UNPACKED_BYTES = 500L * 1024 * 1024;
    public static final int MAX_FILE_NAME_BYTES = 255;
    public static final int MAX_DESCRIPTION_BYTES = 256;
    public static final int MAX_TOPIC_CHARACTERS = 256;
    public static final int DEFAULT_QUEUE = 10_000;
    public static final int MAX_QUEUE = 1_000_000;
    /** Ports, devices or volumes of one container. */
    public static final int MAX_MAPPINGS = 10;

    private static final int MAX_PORT = 65_535;
    /** Megabytes; with less than this no interpreter starts. */
    private static final int MIN_MEMORY = 16;

    private static final int MAX_MEMORY = 1024 * 1024;
    private static final int DRIVER_MEMORY = 1024;
    private static final int FUNCTION_MEMORY = 512;
    private static final int MAX_PATH_CHARACTERS = 128;
    private static final int MAX_NOTE_CHARACTERS = 128;

    private static final Pattern DRIVER = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,19}");
    private static final Pattern FUNCTION = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,127}");
    private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9_@.:-]{4,32}");
    private static final Pattern PRODUCT_KEY = Pattern.compile("[A-Za-z0-9_-]{1,32}");
    /** A name of dots alone would lead elsewhere in a path. */
    private static final Pattern VERSION = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9_.-]{1,64}");

    private static final Pattern ROUTE = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final Pattern INSTANCE = Pattern.compile("[A-Za-z0-9_.-]{1,32}");
    private static final Pattern ENVIRONMENT = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** With {@code ..} in it a path is not where it seems to be, and one place would have many paths. */
    private static final Pattern PATH = Pattern.compile("(/(?!\\.{1,2}(/|$))[^/\\x00-\\x20\\x7f]+)+");

    private static final Pattern OWN = Pattern.compile("/(proc|sys|dev|run/margay)(/|$)");

    private static final String PATH_RULE = "at most " + MAX_PATH_CHARACTERS
            + " characters, no blanks, no part '.' or '..', no '//', no '/' at its end";

    private Limits() {}

    public static String driverName(String name) {
        return matching(DRIVER, name, "driver name", "letters, digits and _, starting with a letter, at most 20");
    }

    public static String functionName(String name) {
        return matching(
                FUNCTION, name, "function name", "letters, digits, _ and -, starting with a letter, at most 128");
    }

    /** The name of a driver or function. */
    public static String name(WorkloadId.Kind kind, String name) {
        return kind == WorkloadId.Kind.DRIVER ? driverName(name) : functionName(name);
    }

    public static String deviceName(String name) {
        return matching(DEVICE, name, "device name", "4 to 32 of letters, digits and - _ @ . :");
    }

    public static String productKey(String key) {
        return matching(PRODUCT_KEY, key, "product key", "1 to 32 of letters, digits, _ and -");
    }

    public static String version(String version) {
        return matching(VERSION, version, "version", "1 to 64 of letters, digits and _ - ., but not . or ..");
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

    public static int port(int port) {
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException(port + " is no valid port: 1 to " + MAX_PORT);
        }
        return port;
    }

    /** A memory limit in megabytes of 1024 × 1024 bytes. */
    public static int memory(long megabytes) {
        if (megabytes < MIN_MEMORY || megabytes > MAX_MEMORY) {
            throw new IllegalArgumentException(
                    megabytes + "MB is no valid memory limit: " + MIN_MEMORY + "MB to " + MAX_MEMORY + "MB");
        }
        return (int) megabytes;
    }

    /** The memory limit in megabytes of what runs outside the gateway's JVM and has none of its own. */
    public static int defaultMemory(WorkloadId.Kind kind) {
        return kind == WorkloadId.Kind.DRIVER ? DRIVER_MEMORY : FUNCTION_MEMORY;
    }

    public static String devicePath(String path) {
        return valid(isPath(path) && path.startsWith("/dev/"), path, "device path", "a path below /dev/, " + PATH_RULE);
    }

    /** The path on the host of what a container sees. */
    public static String hostPath(String path) {
        return valid(isPath(path) || "/".equals(path), path, "path on the host", "absolute, " + PATH_RULE);
    }

    /** The path under which a container sees something of the host; those of the kernel and the folder of its socket are its own. */
    public static String containerPath(String path) {
        return valid(
                isPath(path) && !OWN.matcher(path).lookingAt(),
                path,
                "path in a container",
                "absolute, not /, not in /proc, /sys, /dev or /run/margay, " + PATH_RULE);
    }

    public static String note(String note) {
        int length = note.codePointCount(0, note.length());
        return valid(
                length >= 1 && length <= MAX_NOTE_CHARACTERS,
                note,
                "note",
                "1 to " + MAX_NOTE_CHARACTERS + " characters");
    }

    /** The text of a secret; what is wrong is told without it. */
    public static String secret(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_SECRET_BYTES) {
            throw new IllegalArgumentException(
                    "a secret has 1 to " + MAX_SECRET_BYTES + " bytes in UTF-8, not " + bytes);
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a secret has no character NUL, which no variable can hold");
        }
        return text;
    }

    /** How many entries a configuration of the key-value format has. */
    public static int keyValues(int entries) {
        if (entries > MAX_KEY_VALUES) {
            throw new IllegalArgumentException(entries + " entries are more than " + MAX_KEY_VALUES);
        }
        return entries;
    }

    /** The name of an entry of the key-value format. */
    public static String keyName(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a name is not empty");
        }
        return name;
    }

    /** A configuration of the JSON format, or a device's, as nested maps and lists. */
    public static Map<String, Object> json(Map<String, Object> json) {
        int bytes = JsonSize.of(json);
        if (bytes > MAX_JSON_BYTES) {
            throw new IllegalArgumentException(
                    "as JSON it is " + bytes + " bytes; at most " + MAX_JSON_BYTES + " are allowed");
        }
        return json;
    }

    /** The name of a configuration's file. */
    public static String configurationFile(String name) {
        if (name.isEmpty() || name.startsWith(".") || name.contains("/") || name.contains("\\")) {
            throw new IllegalArgumentException("'" + name + "' is no file name");
        }
        return name;
    }

    private static boolean isPath(String path) {
        // The length first: the pattern takes the stack's space for each part of a path.
        return path.codePointCount(0, path.length()) <= MAX_PATH_CHARACTERS
                && PATH.matcher(path).matches();
    }

    public static String sha256(String digest) {
        return matching(SHA256, digest, "SHA-256", "64 lower-case hexadecimal digits");
    }

    /** A version's description, in UTF-8. */
    public static String description(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_DESCRIPTION_BYTES) {
            throw new IllegalArgumentException("'" + text + "' is no valid description: it has " + bytes
                    + " bytes, more than " + MAX_DESCRIPTION_BYTES);
        }
        return text;
    }

    /** The name of a package's file: {@code .zip}, for a function also {@code .jar}; without folders. */
    public static String packageName(WorkloadId.Kind kind, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean driver = kind == WorkloadId.Kind.DRIVER;
        if (!lower.endsWith(".zip") && (driver || !lower.endsWith(".jar"))) {
            throw new IllegalArgumentException("'" + name + "' is no valid file of a " + kind.word()
                    + ": its name ends in " + (driver ? ".zip" : ".zip or .jar"));
        }
        if (name.startsWith(".") || name.chars().anyMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c))) {
            throw new IllegalArgumentException("'" + name.replaceAll("\\p{Cntrl}", "?")
                    + "' is no valid file name: no folders, no control characters, no dot at its start");
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_FILE_NAME_BYTES) {
            throw new IllegalArgumentException("'" + name + "' is no valid file name: it has " + bytes
                    + " bytes, more than " + MAX_FILE_NAME_BYTES);
        }
        return name;
    }

    /** The size of a package, in bytes. */
    public static long packageBytes(long bytes) {
        if (bytes > MAX_PACKAGE_BYTES) {
            throw new IllegalArgumentException("the file has " + bytes + " bytes, more than " + MAX_PACKAGE_BYTES + " ("
                    + MAX_PACKAGE_BYTES / (1024 * 1024) + " MB)");
        }
        return bytes;
    }

    /** Adds a fault for what a check of these throws. */
    static void noteFault(List<Fault> faults, String path, Runnable check) {
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            faults.add(new Fault(path, e.getMessage()));
        }
    }

    private static String matching(Pattern pattern, String value, String what, String rule) {
        return valid(value != null && pattern.matcher(value).matches(), value, what, rule);
    }

    private static String valid(boolean valid, String value, String what, String rule) {
        if (!valid) {
            throw new IllegalArgumentException("'" + value + "' is no valid " + what + ": " + rule);
        }
        return value;
    }
}
