package io.margay.spi;

import io.margay.model.Target;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ConsumerType;

/** Where routes of one kind of target end. Registered as a service. */
@ConsumerType
public interface MessageTarget {
    /** What became of a message. */
    enum Outcome {
        /** It was handled, well or not. */
        HANDLED,
        /** What handled it ended, by itself or by its limits, before it was done: it may have had effects. */
        LOST,
        /** The target was stopped or removed before it was done, or had begun. */
        GIVEN_BACK
    }

    /** The kind of target that it serves. */
    Class<? extends Target> type();

    /**
     * Takes one message. Must not block. Calls {@code done} once, from any thread, when it is known what became of the
     * message; never where the gateway ends before.
     *
     * @return false when the target is busy; {@code done} is then not called, the message stays first in its queue and
     *     {@link #whenReady} tells when to try again
     */
    boolean deliver(Target target, Message message, Consumer<Outcome> done);

    /** Runs {@code retry} once when the target may have room again; at once where it has already. */
    void whenReady(Target target, Runnable retry);
}
