package io.margay.router.internal;

import io.margay.spi.Message;
import java.util.concurrent.CompletableFuture;

/** What waits on a route. Guarded by the lock of the route's queue. */
interface Backlog {
    /**
     * One that was polled, and is to be settled or put back.
     *
     * @param number on disk
     * @param tries how often what handled it ended before it was done
     */
    record Waiting(Backlog from, Message message, long number, int tries) {
        Waiting again() {
            return new Waiting(from, message, number, tries + 1);
        }
    }

    /** Whether it survives the gateway. */
    boolean stored();

    /** How many wait, and are about to. */
    int size();

    /** Whether there is nothing to poll, now or when it can be read again. */
    boolean isEmpty();

    /** @return completes with whether it is kept: at once, or when it is on disk, under the lock of the route's queue */
    CompletableFuture<Boolean> add(Message message);

    /** Null when there is none, or none can be read. */
    Waiting poll();

    /** Before all others. */
    void putBack(Waiting waiting);

    /** It is not needed any more. */
    void settled(Waiting waiting);

    /** Takes one over from another backlog, where that is possible. @return false when it is to be added anew */
    boolean takeOver(Waiting waiting);

    /** Ends it with all that is left in it, on disk too. */
    void close();
}
