package io.margay.spi;

import io.margay.model.Target;
import org.osgi.annotation.versioning.ConsumerType;

/** Where routes of one kind of target end. Registered as a service. */
@ConsumerType
public interface MessageTarget {
    /** The kind of target that it serves. */
    Class<? extends Target> type();

    /**
     * Takes one message. Must not block. Calls {@code done} exactly once, from any thread, when the message was handled,
     * whatever the outcome.
     *
     * @return false when the target is busy; {@code done} is then not called, the message stays first in its queue and
     *     {@link #whenReady} tells when to try again
     */
    boolean deliver(Target target, Message message, Runnable done);

    /** Runs {@code retry} once when the target may have room again; at once where it has already. */
    void whenReady(Target target, Runnable retry);
}
