package io.margay.function.internal;

import java.util.concurrent.ThreadLocalRandom;

/** Names calls. */
final class RequestIds {
    /** Tells this run of the gateway from others. */
    private static final String RUN =
            Long.toHexString(ThreadLocalRandom.current().nextLong() & 0xffffffffL);

    private RequestIds() {}

    static String of(Call call) {
        if (!call.givenId.isEmpty()) {
            return call.givenId;
        }
        return RUN + "-" + Long.toHexString(call.startedAt()) + "-"
                + Integer.toHexString(System.identityHashCode(call));
    }
}
