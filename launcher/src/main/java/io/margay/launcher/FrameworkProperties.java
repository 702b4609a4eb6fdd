package io.margay.launcher;

import io.margay.launcher.Interpreters.Interpreter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.framework.Constants;

/** Puts together what the framework is started with. Tests that build a framework of their own use it too. */
public final class FrameworkProperties {
    /** What people see; bundles carry a build's full version. */
    public static final String VERSION = "0.1.0";

    /**
     * slf4j and logback come from the launcher's class path. Both versions of slf4j: the web console and Felix Health
     * Checks ask for 1.7, Jetty for 2.
     */
    public static final String SYSTEM_PACKAGES = "org.slf4j;version=1.7.36,org.slf4j;version=2.0.17,"
            + "org.slf4j.spi;version=2.0.17,org.slf4j.event;version=2.0.17,"
            + "org.slf4j.helpers;version=1.7.36,org.slf4j.helpers;version=2.0.17,"
            + logback("classic", "classic.spi", "classic.filter", "core", "core.spi", "core.filter");

    private static final String LOGBACK_VERSION = "1.5.20";

    private FrameworkProperties() {}

    private static String logback(String... packages) {
        StringBuilder text = new StringBuilder();
        for (String name : packages) {
            text.append(text.isEmpty() ? "" : ",")
                    .append("ch.qos.logback.")
                    .append(name)
                    .append(";version=")
                    .append(LOGBACK_VERSION);
        }
        return text.toString();
    }

    /**
     * What the gateway can run, for the requirements of packages: {@code io.margay.gateway} and, for each language,
     * {@code io.margay.runtime}.
     *
     * @param versions language to version of its interpreter, {@code java} left out
     */
    public static String capabilities(Map<String, String> versions) {
        StringBuilder text = new StringBuilder("io.margay.gateway;version:Version=\"" + VERSION + "\"");
        Runtime.Version java = Runtime.version();
        Map<String, String> all = new LinkedHashMap<>(versions);
        all.put("java", java.feature() + "." + java.interim() + "." + java.update());
        all.forEach((language, version) -> text.append(",io.margay.runtime;language=\"")
                .append(language)
                .append("\";version:Version=\"")
                .append(version)
                .append('"'));
        return text.toString();
    }

    /**
     * Everything but what the features say, for a framework of this gateway.
     *
     * @param port the HTTP port
     */
    static Map<String, String> of(
            HomeFolder home, Path install, Path sockets, int port, Map<String, Interpreter> interpreters) {
        Map<String, String> versions = new LinkedHashMap<>();
        Map<String, String> properties = new LinkedHashMap<>();
        interpreters.forEach((language, interpreter) -> {
            versions.put(language, interpreter.version());
            properties.put(
                    "margay.runtime." + language, interpreter.executable().toString());
        });
        properties.put("margay.home", home.path().toString());
        properties.put("margay.install", install.toString());
        properties.put("margay.version", VERSION);
        properties.put("margay.run", sockets.toString());
        properties.put("org.osgi.service.http.port", Integer.toString(port));
        properties.put("org.apache.felix.http.host", Gateway.HOST);
        properties.put(Constants.FRAMEWORK_STORAGE, home.bundleCache().toString());
        properties.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(Gateway.START_LEVEL));
        properties.putAll(common(versions));
        return properties;
    }

    /**
     * What any framework of ours is started with, the gateway's and a workload's own.
     *
     * @param versions language to version of its interpreter, {@code java} left out
     */
    static Map<String, String> common(Map<String, String> versions) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, SYSTEM_PACKAGES);
        properties.put(Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA, capabilities(versions));
        // The folder is locked as a whole already, and no code may reach around its manifest.
        properties.put("felix.cache.locking", "false");
        properties.put("felix.bootdelegation.implicit", "false");
        return properties;
    }
}
