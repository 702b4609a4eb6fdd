package io.margay.spi;

import org.osgi.annotation.versioning.ProviderType;

/** Takes messages to the targets of all routes that match. Thread-safe. */
@ProviderType
public interface MessageRouter {
    /**
     * Puts a message into the queue of each route that wants it; returns when that is done. A queue that is full acts
     * by its policy, which may let the caller wait. Messages from one thread keep their order on each route.
     *
     * @return false when a queue whose senders wait did not get room in time; the message was then dropped there
     */
    boolean publish(Message message);
}
