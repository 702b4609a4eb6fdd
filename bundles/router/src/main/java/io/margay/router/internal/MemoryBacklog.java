package io.margay.router.internal;

import io.margay.spi.Message;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/** All of it in memory. */
final class MemoryBacklog implements Backlog {
    private final ArrayDeque<Waiting> all = new ArrayDeque<>();

    @Override
    public boolean stored() {
        return false;
    }

    @Override
    public int size() {
        return all.size();
    }

    @Override
    public boolean isEmpty() {
        return all.isEmpty();
    }

    @Override
    public CompletableFuture<Boolean> add(Message message) {
        all.addLast(new Waiting(this, message, 0, 0));
        return RouteQueue.KEPT;
    }

    @Override
    public Waiting poll() {
        return all.pollFirst();
    }

    @Override
    public void putBack(Waiting waiting) {
        all.addFirst(waiting);
    }

    @Override
    public void settled(Waiting waiting) {
        // Nothing keeps it.
    }

    @Override
    public boolean takeOver(Waiting waiting) {
        return all.add(waiting); // it is settled where it came from
    }

    @Override
    public void close() {
        all.clear();
    }
}
