package io.margay.spi;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A call of a function.
 *
 * @param event the bytes for the handler, unchanged; for a routed message see {@link Invoker#deliver}
 * @param invokerContext what the caller gave beside the event
 * @param timeout shorter than the function's own, or empty for that
 */
public record Invocation(byte[] event, Map<String, Object> invokerContext, Optional<Duration> timeout) {
    public Invocation(byte[] event) {
        this(event, Map.of(), Optional.empty());
    }
}
