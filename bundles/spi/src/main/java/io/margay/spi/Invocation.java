package io.margay.spi;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A call of a function.
 *
 * @param event the bytes for the handler, unchanged
 * @param invokerContext what the caller gave beside the event
 * @param timeout shorter than the function's own, or empty for that
 * @param attended somebody waits for the answer: the timeout counts from the call on. Else it counts from when the call
 *     begins to run, so that one in a long queue, or whose function must first be started, has all of its time
 * @param topic of a routed message, whose envelope the event then is: {@code {"topic":"…","payload":"…"}}; empty for none
 * @param requestId by which the caller knows it, in the handler's context too; empty for any
 */
public record Invocation(
        byte[] event,
        Map<String, Object> invokerContext,
        Optional<Duration> timeout,
        boolean attended,
        String topic,
        String requestId) {
    public Invocation(byte[] event, Map<String, Object> invokerContext, Optional<Duration> timeout) {
        this(event, invokerContext, timeout, true, "", "");
    }

    public Invocation(byte[] event) {
        this(event, Map.of(), Optional.empty());
    }

    /** A call for whose answer nobody waits, with the function's own timeout from when it begins to run. */
    public static Invocation unattended(byte[] event) {
        return new Invocation(event, Map.of(), Optional.empty(), false, "", "");
    }
}
