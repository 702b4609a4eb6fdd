package io.margay.router.internal;

import io.margay.router.internal.Backlog.Waiting;
import io.margay.spi.MessageTarget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hands the messages of one queue to their target. Whoever adds a message, or tells that the target has room, moves messages on
 * until the target is busy; so there is no thread of its own and no hop more than the target needs.
 */
final class Mover {
    /** Whose messages they are. */
    interface Queue {
        /** The next one, {@link Mover#inHand in hand} at once; null when there is none. */
        Waiting take();

        /** @return false when the target is busy */
        boolean hand(MessageTarget to, Waiting waiting);

        /** @return false when it was dropped instead */
        boolean putBack(Waiting waiting);

        /** Has {@link Mover#ready} called when the target may have room. */
        void awaitReady(MessageTarget to);
    }

    private final Queue queue;
    private final AtomicInteger moves = new AtomicInteger();
    private volatile MessageTarget target;

    /** The target was busy and will tell when it is ready; until then there is no use in asking it again. */
    private volatile boolean busy;

    /** Taken and not yet with the target, so that a message on its way is never seen nowhere. */
    private volatile int inHand;

    Mover(Queue queue) {
        this.queue = queue;
    }

    void connect(MessageTarget newTarget) {
        target = newTarget;
        ready();
    }

    void ready() {
        busy = false;
        move();
    }

    int inHand() {
        return inHand;
    }

    void inHand(boolean is) {
        inHand = is ? 1 : 0;
    }

    /** Hands messages on until there are none or the target is busy. Only one thread at a time moves; the others leave a note. */
    void move() {
        if (busy || moves.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        try {
            do {
                moveAll();
                seen = moves.addAndGet(-seen);
            } while (seen != 0);
        } catch (RuntimeException | Error e) {
            moves.set(0); // the next one tries again
            throw e;
        }
    }

    private void moveAll() {
        for (MessageTarget to = target; to != null && !busy; to = target) {
            Waiting waiting = queue.take();
            if (waiting == null) {
                return;
            }
            boolean handed = queue.hand(to, waiting);
            if (!handed) {
                // Busy before it is asked to tell, as it may tell at once.
                busy = true;
                handed = !queue.putBack(waiting);
            }
            inHand = 0;
            if (!handed) {
                queue.awaitReady(to);
                if (target != to) {
                    busy = false; // it was the former one, which may never tell
                }
            }
        }
    }
}
