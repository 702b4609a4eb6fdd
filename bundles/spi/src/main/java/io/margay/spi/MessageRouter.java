package io.margay.spi;

import org.osgi.annotation.versioning.ProviderType;

/** Takes messages to the targets of all routes that match. Thread-safe. */
@ProviderType
public interface MessageRouter {
    /**
     * Puts a message into the queue of each route that wants it; returns when that is done, of a stored one when it is on disk. A queue that is full acts
     * by its policy, which may let the caller wait. Messages from one thread keep their order on each route.
     *
     * @return false when a queue whose senders wait did not get room in time, or the disk of a stored one can't be written; the
     *     message was then dropped there. Also where the calling thread is interrupted while it waits for the disk: then the message
     *     may be kept all the same
     */
    boolean publish(Message message);
}
