package io.margay.rest.internal;

import java.time.Duration;

/** Times in queries. */
final class Durations {
    private Durations() {}

    /** One that is to be more than nothing. */
    static Duration parse(String text) {
        Duration duration = parseAny(text);
        if (duration.isZero()) {
            throw Problem.badRequest("'" + text + "' is no time to wait; write for example 200ms, 5s, 20m or 1h")
                    .exception();
        }
        return duration;
    }

    static Duration parseAny(String text) {
        try {
            return io.margay.model.Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(e.getMessage()).exception();
        }
    }
}
