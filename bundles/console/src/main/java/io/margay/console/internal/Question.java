package io.margay.console.internal;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.event.Level;

/**
 * What the page asks for: the filters that are typed in, and where it is in the log.
 *
 * @param workloads words that a row must hold, as in the following three; empty for all
 * @param problems only devices that are off line or had a report refused
 * @param logWorkload {@code driver:NAME}, {@code function:NAME}, or empty text for the gateway itself
 * @param logLevel this or graver
 * @param logAfter the last line that the page has
 */
record Question(
        List<String> workloads,
        List<String> devices,
        boolean problems,
        List<String> functions,
        List<String> routes,
        Optional<String> logWorkload,
        Level logLevel,
        Cursor logAfter) {

    /** The word by which the page asks for the gateway's own lines; no workload's name is without a colon. */
    static final String GATEWAY = "gateway";

    private static final int MAX_CHARACTERS = 200;

    /**
     * A place in the log.
     *
     * @param started when the gateway started, milliseconds since 1970: sequence numbers begin anew then
     */
    record Cursor(long started, long sequence) {
        static final Cursor START = new Cursor(0, -1);

        static Cursor parse(String text) {
            int dot = text.indexOf('.');
            try {
                return new Cursor(
                        Long.parseLong(text.substring(0, Math.max(dot, 0))), Long.parseLong(text.substring(dot + 1)));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("after: '" + text + "' is not what an earlier answer gave", e);
            }
        }

        @Override
        public String toString() {
            return started + "." + sequence;
        }
    }

    /**
     * @param parameter gives a request parameter by its name, null where it is not there
     * @throws IllegalArgumentException a parameter is not what it must be; the message names it
     */
    static Question of(Function<String, String> parameter) {
        return new Question(
                words(parameter, "workloads"),
                words(parameter, "devices"),
                "true".equals(parameter.apply("problems")),
                words(parameter, "functions"),
                words(parameter, "routes"),
                given(parameter, "log").map(workload -> workload.equals(GATEWAY) ? "" : workload),
                level(given(parameter, "level").orElse("trace")),
                given(parameter, "after").map(Cursor::parse).orElse(Cursor.START));
    }

    private static Optional<String> given(Function<String, String> parameter, String name) {
        String value = parameter.apply(name);
        if (value != null && value.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException(name + ": at most " + MAX_CHARACTERS + " characters are taken");
        }
        return Optional.ofNullable(value).filter(text -> !text.isBlank());
    }

    private static List<String> words(Function<String, String> parameter, String name) {
        return given(parameter, name)
                .map(text -> Stream.of(text.strip().toLowerCase(Locale.ROOT).split("\\s+"))
                        .toList())
                .orElse(List.of());
    }

    private static Level level(String word) {
        try {
            return Level.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("level: '" + word + "' is none of trace, debug, info, warn, error", e);
        }
    }
}
