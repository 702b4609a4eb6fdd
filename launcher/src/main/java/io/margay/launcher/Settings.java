package io.margay.launcher;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What the administrator may set: {@code conf/margay.properties} of the installation, then the same file in the home,
 * then options; the later wins. Every setting is also a framework property, so that bundles can read it.
 */
final class Settings {
    static final String PORT = "margay.port";
    static final String FEATURES = "margay.features";
    static final String LOG_LEVEL = "margay.log.level";
    static final String ARCHIVE = "margay.archive";
    static final String HEAP = "margay.heap";

    private static final List<String> LEVELS = List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");

    private final Map<String, String> values;

    private Settings(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    static Settings read(Path install, Path home, Map<String, String> options) throws LaunchException {
        Map<String, String> values = new TreeMap<>();
        add(values, install.resolve("conf/margay.properties"));
        add(values, home.resolve("conf/margay.properties"));
        values.putAll(options);
        Settings settings = new Settings(values);
        settings.port();
        settings.logLevel();
        settings.features();
        return settings;
    }

    private static void add(Map<String, String> values, Path file) throws LaunchException {
        if (!Files.exists(file)) {
            return;
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new LaunchException(
                    LaunchException.FAILED, file + " can't be read: " + e.getMessage() + "; mend or remove it", e);
        }
        for (String name : properties.stringPropertyNames()) {
            values.put(name, properties.getProperty(name).strip());
        }
    }

    Map<String, String> all() {
        return values;
    }

    /** The HTTP port; 0 for any free one. */
    int port() throws LaunchException {
        String text = values.getOrDefault(PORT, "8181");
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw badPort(text, e);
        }
        throw badPort(text, null);
    }

    private static LaunchException badPort(String text, Exception cause) {
        return new LaunchException(
                LaunchException.USAGE,
                "the port '" + text + "' is no number from 0 to 65535 (--port, " + PORT + ")",
                cause);
    }

    String logLevel() throws LaunchException {
        String level = values.getOrDefault(LOG_LEVEL, "INFO").toUpperCase(java.util.Locale.ROOT);
        if (!LEVELS.contains(level)) {
            throw new LaunchException(
                    LaunchException.USAGE, LOG_LEVEL + " is '" + level + "'; it must be one of " + LEVELS);
        }
        return level;
    }

    /** Names of the features to start, in order. */
    List<String> features() throws LaunchException {
        List<String> names = new java.util.ArrayList<>();
        for (String name :
                values.getOrDefault(FEATURES, "gateway,console,containers").split(",")) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        if (names.isEmpty()) {
            throw new LaunchException(
                    LaunchException.USAGE, FEATURES + " names no feature; write gateway,console,containers");
        }
        return List.copyOf(names);
    }

    /** Whether an archive of classes may be made. */
    boolean archive() {
        return !values.getOrDefault(ARCHIVE, "auto").equals("off");
    }
}
