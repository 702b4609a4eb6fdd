package io.margay.api.function;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What a function is called with: the bytes of a direct invocation as they were sent, or a routed message, whose bytes
 * are {@code {"topic": "…", "payload": "<JSON string>"}}. Immutable.
 */
@ProviderType
public interface Event {
    /** The whole event. The caller must not change the array. */
    byte[] bytes();

    /** The message's topic; empty for an invocation that is no routed message. */
    String topic();

    /** The message's payload, or the whole event where there is no topic. The caller must not change the array. */
    byte[] payload();

    /** {@link #payload()} as UTF-8 text. */
    String text();
}
