package io.margay.router.internal;

import io.margay.spi.Message;
import io.margay.spi.StoredQueue;
import io.margay.spi.StoredQueue.Entry;
import io.margay.spi.StoredQueues;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
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
    private final Lock lock;
    private final Consumer<Message> late;
    private final ArrayDeque<Waiting> first = new ArrayDeque<>();
    private StoredQueue disk;
    private long openAgain;
    /** Number of the last one that was ever in {@code first}: what comes after it is on disk only. */
    private long last;

    private long bytes;
    private int beyond;
    private int adding;
    private boolean failing;
    private boolean closed;

    /**
     * @param name on disk
     * @param lock of the route's queue
     * @param late takes, under that lock, what was still being written when this was closed
     */
    StoredBacklog(StoredQueues queues, String route, String name, Lock lock, Consumer<Message> late) {
        this.queues = queues;
        this.route = route;
        this.name = name;
        this.lock = lock;
        this.late = late;
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
            lock.lock();
            try {
                adding--;
                if (thrown == null) {
                    arrived(message, number, content.length);
                }
                return thrown == null;
            } finally {
                lock.unlock();
            }
        });
    }

    private void arrived(Message message, long number, int length) {
        if (closed) {
            late.accept(message);
        } else if (number > last && beyond == 0 && first.size() < MOST_IN_MEMORY && bytes < MOST_BYTES) {
            append(message.as(id(number)), number, length);
        } else {
            // One that was read before this was told makes up for having been counted as read.
            beyond++;
        }
    }

    private String id(long number) {
        return route + "-" + number;
    }

    private void append(Message message, long number, int length) {
        first.addLast(new Waiting(this, message, number, 0));
        last = number;
        bytes += length;
    }

    @Override
    public Waiting poll() {
        if (first.isEmpty()) {
            bytes = 0;
            if (beyond > 0) {
                readMore();
            }
        }
        return first.pollFirst();
    }

    private void readMore() {
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
        } catch (IOException e) {
            fails("its messages wait, as its queue can't be read; it is tried again at its next message", e);
        }
    }

    private void read(Entry entry) {
        try {
            append(MessageBytes.read(entry.content(), id(entry.number())), entry.number(), entry.content().length);
        } catch (IOException e) {
            LOG.error(
                    "route {}: message {} on disk can't be read, it is lost: {}",
                    route,
                    entry.number(),
                    e.getMessage());
            last = entry.number();
            disk.remove(entry.number());
        }
    }

    @Override
    public void putBack(Waiting waiting) {
        first.addFirst(waiting);
    }

    @Override
    public void settled(Waiting waiting) {
        disk.remove(waiting.number());
    }

    @Override
    public void close() {
        closed = true;
        first.clear();
        beyond = 0;
        if (disk != null) {
            disk.delete();
        }
    }
}
