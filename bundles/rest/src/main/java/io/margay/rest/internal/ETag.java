package io.margay.rest.internal;

import io.margay.instance.EdgeInstances.Draft;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** RFC 9110: which edge instance was read, so that a change is made in that one or not at all. */
final class ETag {
    private static final Pattern STRONG = Pattern.compile("\"([0-9a-f]{64})\"");

    private ETag() {}

    static void set(Exchange exchange, Draft draft) {
        exchange.response().setHeader("ETag", "\"" + draft.digest() + "\"");
    }

    /** The digest in {@code If-Match}; empty where the request does not care. */
    static Optional<String> expected(Exchange exchange) {
        String header = exchange.request().getHeader("If-Match");
        if (header == null || header.strip().equals("*")) {
            return Optional.empty();
        }
        Matcher matcher = STRONG.matcher(header.strip());
        if (!matcher.matches()) {
            throw Problem.badRequest("If-Match: " + header + ": write the ETag of an answer, with its quotes")
                    .exception();
        }
        return Optional.of(matcher.group(1));
    }
}
