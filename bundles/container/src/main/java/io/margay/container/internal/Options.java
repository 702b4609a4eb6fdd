package io.margay.container.internal;

import io.margay.model.Durations;
import io.margay.model.Language;
import io.margay.spi.ContainerEngine.State;
import io.margay.spi.ContainerEngine.Status;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the gateway's own properties say of containers.
 *
 * @param without how the engine is where none is to be used; empty where one is
 * @param endpoint of the engine to use; empty where it is to be found
 * @param privileged whether containers may be privileged
 * @param devices whether containers may have devices of the host
 * @param user whom workloads run as inside, {@code uid:gid}; empty where the gateway chooses
 * @param images names of images to use in the place of the gateway's own
 * @param frozen how long an idle instance stays frozen before it is ended
 * @param free with less of the machine's memory free, in percent, it is ended before that
 * @param startup how long an engine that was there in the run before is waited for at the gateway's start
 */
record Options(
        Optional<Status> without,
        Optional<URI> endpoint,
        boolean privileged,
        boolean devices,
        Optional<String> user,
        Map<Language, String> images,
        Duration frozen,
        int free,
        Duration startup) {
    private static final Logger LOG = LoggerFactory.getLogger(Options.class);
    private static final String PREFIX = "margay.container.";
    private static final Status OFF =
            new Status(State.OFF, "", "", "the gateway uses none, as margay.container.engine is off");
    private static final Pattern PERCENT = Pattern.compile("\\d{1,2}");
    private static final Pattern USER = Pattern.compile("\\d{1,9}:\\d{1,9}");

    /**
     * Where a property is set to what it can't be no engine is used, and why is said wherever one is looked for.
     *
     * @param gateway whom the gateway runs as
     */
    static Options readOrRefuse(UnaryOperator<String> property, Identity gateway) {
        try {
            return read(property, gateway);
        } catch (IllegalStateException e) {
            LOG.error("No container can be started: {}", e.getMessage());
            Status refused =
                    new Status(State.UNUSABLE, "", "", e.getMessage() + "; correct it and start the gateway again");
            return new Options(
                    Optional.of(refused),
                    Optional.empty(),
                    false,
                    false,
                    Optional.empty(),
                    Map.of(),
                    Duration.ZERO,
                    0,
                    Duration.ZERO);
        }
    }

    /** @throws IllegalStateException a property is set to what it can't be; the message names it */
    static Options read(UnaryOperator<String> property, Identity gateway) {
        String engine = word(property, "engine", "auto");
        Optional<URI> endpoint = Optional.empty();
        if (!engine.equals("auto") && !engine.equals("off")) {
            if (!engine.startsWith("unix:///")) {
                throw wrong("engine", engine, "auto, off, or the engine's socket such as unix:///var/run/docker.sock");
            }
            try {
                endpoint = Optional.of(URI.create(engine));
            } catch (IllegalArgumentException e) {
                throw wrong("engine", engine, "a path without blanks and percent signs: " + e.getMessage());
            }
        }
        Optional<String> user = given(property, "user");
        user.filter(text -> !USER.matcher(text).matches()).ifPresent(text -> {
            throw wrong("user", text, "two numbers, uid:gid, such as 1000:1000");
        });
        user.filter(text -> Identity.parse(text).user() == Identity.ROOT.user()).ifPresent(text -> {
            throw wrong("user", text, "another user than root, which only a privileged container may have");
        });
        user.filter(text -> gateway.user() != Identity.ROOT.user()
                        && !Identity.parse(text).equals(gateway))
                .ifPresent(text -> {
                    throw wrong(
                            "user",
                            text,
                            gateway + ", as whom the gateway runs: only root can give a socket to another user");
                });
        Map<Language, String> images = new EnumMap<>(Language.class);
        for (Language language : Language.values()) {
            given(property, "image." + language.word()).ifPresent(image -> images.put(language, image));
        }
        return new Options(
                engine.equals("off") ? Optional.of(OFF) : Optional.empty(),
                endpoint,
                allowed(property, "privileged"),
                allowed(property, "devices"),
                user,
                images,
                time(property, "frozen", "1h"),
                percent(property, "free", "10"),
                time(property, "wait", "2m"));
    }

    private static Duration time(UnaryOperator<String> property, String name, String otherwise) {
        String text = word(property, name, otherwise);
        try {
            return Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong(name, text, e.getMessage());
        }
    }

    private static int percent(UnaryOperator<String> property, String name, String otherwise) {
        String text = word(property, name, otherwise);
        if (!PERCENT.matcher(text).matches()) {
            throw wrong(name, text, "a percentage from 0 to 99");
        }
        return Integer.parseInt(text);
    }

    private static boolean allowed(UnaryOperator<String> property, String name) {
        String word = word(property, name, "refuse");
        if (!word.equals("allow") && !word.equals("refuse")) {
            throw wrong(name, word, "allow or refuse");
        }
        return word.equals("allow");
    }

    private static IllegalStateException wrong(String name, String value, String possible) {
        return new IllegalStateException(PREFIX + name + " is '" + value + "'; possible: " + possible);
    }

    private static String word(UnaryOperator<String> property, String name, String otherwise) {
        return given(property, name).orElse(otherwise);
    }

    private static Optional<String> given(UnaryOperator<String> property, String name) {
        return Optional.ofNullable(property.apply(PREFIX + name))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }
}
