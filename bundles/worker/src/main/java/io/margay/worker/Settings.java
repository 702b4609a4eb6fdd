package io.margay.worker;

import io.margay.model.Language;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What the launcher says.
 *
 * @param home the gateway's state
 * @param install the gateway's installation, for a JVM of its own
 * @param sdk the folder with one SDK a language
 * @param run the short folder for sockets; this gateway's alone
 * @param cgroup where groups are made that limit memory: {@code auto}, {@code off}, or a cgroup's folder
 * @param templates whether processes are started before they are wanted
 * @param interpreters the executable of each language that has one
 */
public record Settings(
        Path home,
        Path install,
        Path sdk,
        Path run,
        String cgroup,
        String templates,
        Map<Language, Path> interpreters) {
    /** What {@code margay.cgroup} and {@code margay.templates} are where they are not set. */
    public static final String AUTO = "auto";

    public static Settings read(UnaryOperator<String> property) {
        Map<Language, Path> interpreters = new EnumMap<>(Language.class);
        for (Language language : new Language[] {Language.PYTHON, Language.NODEJS}) {
            String path = property.apply("margay.runtime." + language.word());
            if (path != null && !path.isBlank()) {
                interpreters.put(language, Path.of(path.strip()));
            }
        }
        Path install = path(property, "margay.install");
        return new Settings(
                path(property, "margay.home"),
                install,
                install.resolve("lib/sdk"),
                path(property, "margay.run"),
                word(property, "margay.cgroup"),
                word(property, "margay.templates"),
                interpreters);
    }

    private static String word(UnaryOperator<String> property, String name) {
        String value = property.apply(name);
        return value == null || value.isBlank() ? AUTO : value.strip();
    }

    private static Path path(UnaryOperator<String> property, String name) {
        String value = property.apply(name);
        if (value == null || value.isBlank()) {
            throw new IllegalStateException("the framework property " + name + " is not set; the launcher sets it");
        }
        return Path.of(value);
    }
}
