package io.margay.worker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is to be written to one connection. A message is written by the thread that has it while the socket has room;
 * what is left waits for the connection's thread. Nobody ever blocks. Thread-safe.
 */
final class Outgoing {
    /** What became of a message. */
    enum Fate {
        WRITTEN,
        /** The connection's thread has to write on. */
        QUEUED,
        /** Too much waits already; the message was not taken. */
        FULL,
        CLOSED
    }

    /** Bytes that may wait. */
    static final int LIMIT = 16 * 1024 * 1024;
    /** While this many bytes wait, nothing is read from the worker either. */
    private static final int PAUSE = 4 * 1024 * 1024;
    /** The JDK keeps a direct buffer of the largest write in each thread that writes. */
    private static final int CHUNK = 64 * 1024;

    private final Deque<ByteBuffer> queue = new ArrayDeque<>();
    private SocketChannel channel;
    private long waiting;

    synchronized void open(SocketChannel to) {
        channel = to;
        queue.clear();
        waiting = 0;
    }

    synchronized void close() {
        channel = null;
        queue.clear();
        waiting = 0;
    }

    synchronized boolean isWaiting() {
        return waiting > 0;
    }

    synchronized boolean pausesReading() {
        return waiting > PAUSE;
    }

    synchronized Fate send(byte[] message) {
        if (channel == null) {
            return Fate.CLOSED;
        }
        if (waiting > 0 && waiting + message.length > LIMIT) {
            return Fate.FULL;
        }
        ByteBuffer bytes = ByteBuffer.wrap(message);
        if (queue.isEmpty()) {
            try {
                write(bytes);
            } catch (IOException e) {
                return Fate.CLOSED; // the connection's thread sees it too
            }
            if (!bytes.hasRemaining()) {
                return Fate.WRITTEN;
            }
        }
        queue.add(bytes);
        waiting += bytes.remaining();
        return Fate.QUEUED;
    }

    /** Writes on what waits, as far as the socket has room. */
    synchronized void drain() throws IOException {
        for (ByteBuffer next = queue.peek(); next != null && channel != null; next = queue.peek()) {
            int before = next.remaining();
            write(next);
            waiting -= before - next.remaining();
            if (next.hasRemaining()) {
                return;
            }
            queue.remove();
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        int end = bytes.limit();
        int written;
        do {
            int wanted = Math.min(CHUNK, end - bytes.position());
            bytes.limit(bytes.position() + wanted);
            written = channel.write(bytes) - wanted;
            bytes.limit(end);
        } while (written == 0 && bytes.hasRemaining());
    }
}
