package io.margay.router.internal;

import io.margay.spi.Message;
import io.margay.spi.StoredQueue;
import io.margay.spi.StoredQueue.Entry;
import io.margay.spi.StoredQueues;
import java.io.IOException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All of it on disk, and the first of it in memory too. What a message's target has taken stays on disk until it is settled, so
 * that the next gateway hands it over again.
 */
final class StoredBacklog implements Backlog {
    private static final Logger LOG = LoggerFactory.getLogger(StoredBacklog.class);
    private static final int MOST_IN_MEMORY = 500;
    private static final long MOST_BYTES = 1 << 20;
    private static final long OPEN_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final StoredQueues queues;
    private final String route;
    private final String name;
    private final Owner owner;
    /** By their numbers, so that what is put back finds its place. */
    private final NavigableMap<Long, Waiting> first = new TreeMap<>();

    private StoredQueue disk;
    private long openAgain;
    /** Number of the last one that was ever in {@code first}: what comes after it is on disk only. */
    private long last;

    private long bytes;
    private int beyond;
    private int adding;
    private boolean failing;
    private boolean closed;
    private boolean deleted;

    /** The route's queue. */
    interface Owner {
        /** Under which all is done. */
        Lock lock();

        /** Takes what was still being written when this was closed. */
        void late(Message message);

        /** What was to be added is not, and there is room for another. */
        void freed();
    }

    /** @param name on disk */
    StoredBacklog(StoredQueues queues, String route, String name, Owner owner) {
        this.queues = queues;
        this.route = route;
        this.name = name;
        this.owner = owner;
        open();
        if (size() > 0) {
            LOG.info("route {}: {} messages that were kept are handed over", route, size());
        }
    }

    private boolean open() {
        if (disk == null && (openAgain == 0 || System.nanoTime() - openAgain > 0)) {
            try {
                disk = queues.open(name);
                beyond = disk.size();
                worksAgain();
            } catch (IOException e) {
                openAgain = System.nanoTime() + OPEN_AGAIN_NANOS;
                fails("its queue can't be opened; its messages are refused until it can", e);
            }
        }
        return disk != null;
    }

    private void fails(String what, IOException e) {
        if (!failing) {
            failing = true;
            LOG.error("route {}: {}: {}", route, what, e.getMessage(), e);
        }
    }

    private void worksAgain() {
        if (failing) {
            failing = false;
            LOG.info("route {}: its queue on disk works again", route);
        }
    }

    @Override
    public boolean stored() {
        return true;
    }

    @Override
    public int size() {
        return first.size() + beyond + adding;
    }

    @Override
    public boolean isEmpty() {
        return first.isEmpty() && beyond <= 0; // less where one was read before this was told that it is there
    }

    @Override
    public CompletableFuture<Boolean> add(Message message) {
        byte[] content;
        try {
            content = MessageBytes.of(message);
        } catch (IOException e) {
            LOG.error("route {}: a message can't be kept on disk: {}", route, e.getMessage(), e);
            return RouteQueue.REFUSED;
        }
        if (!open()) {
            return RouteQueue.REFUSED;
        }
        adding++;
        return disk.add(content).handle((number, thrown) -> {
            owner.lock().lock();
            try {
                adding--;
                if (thrown == null) {
                    arrived(message, number, content.length);
                } else {
                    owner.freed();
                }
                return thrown == null;
            } finally {
                owner.lock().unlock();
            }
        });
    }

    private void arrived(Message message, long number, int length) {
        if (closed) {
            if (number > last) { // else it was read, and went on with the others
                owner.late(message);
            }
        } else if (number > last && beyond == 0 && first.size() < MOST_IN_MEMORY && bytes < MOST_BYTES) {
            append(message.as(id(number)), number, length);
        } else {
            // One that was read before this was told makes up for having been counted as read.
            beyond++;
        }
    }

    private String id(long number) {
        return route + "-" + disk.id() + "-" + number;
    }

    private void append(Message message, long number, int length) {
        first.put(number, new Waiting(this, message, number, 0));
        last = number;
        bytes += length;
    }

    @Override
    public Waiting poll() {
        open();
        boolean more = true;
        while (first.isEmpty() && beyond > 0 && more) {
            bytes = 0;
            more = readMore();
        }
        Map.Entry<Long, Waiting> next = first.pollFirstEntry();
        return next == null ? null : next.getValue();
    }

    /** @return false where nothing can be read now */
    private boolean readMore() {
        try {
            var entries = disk.read(last, MOST_IN_MEMORY, MOST_BYTES);
            beyond -= entries.size();
            for (Entry entry : entries) {
                read(entry);
            }
            if (entries.isEmpty()) {
                beyond = 0; // what was left is damaged, and logged
            }
            worksAgain();
            return true;
        } catch (IOException e) {
            fails("its messages wait, as its queue can't be read; it is tried again at its next message", e);
            return false;
        }
    }

    private void read(Entry entry) {
        try {
            append(MessageBytes.read(entry.content(), id(entry.number())), entry.number(), entry.content().length);
        } catch (IOException | RuntimeException e) {
            LOG.error(
                    "route {}: message {} on disk can't be read, it is lost: {}", route, entry.number(), e.toString());
            last = entry.number();
            disk.remove(entry.number());
        }
    }

    @Override
    public void putBack(Waiting waiting) {
        first.put(waiting.number(), waiting);
    }

    @Override
    public void settled(Waiting waiting) {
        disk.remove(waiting.number());
    }

    /** One that was this route's on disk before is there still, and is read again. */
    @Override
    public boolean takeOver(Waiting waiting) {
        return waiting.from() instanceof StoredBacklog before && !before.deleted;
    }

    @Override
    public void close() {
        closed = true;
        deleted = true;
        first.clear();
        beyond = 0;
        if (disk != null) {
            disk.delete();
        }
    }

    /** Ends it but for what is on disk: where another is opened there before {@link #close}, it finds that. */
    void leave() {
        closed = true;
    }
}
