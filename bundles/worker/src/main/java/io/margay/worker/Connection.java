package io.margay.worker;

import io.margay.spi.WorkerException;
import io.margay.spi.wire.Errors;
import io.margay.spi.wire.Incoming;
import io.margay.spi.wire.Lines;
import io.margay.spi.wire.Wire;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The gateway's end of a worker's socket: listens, reads on a thread of its own, and takes the worker back when it lost
 * the connection. One connection at a time; another one waits until the first has ended. Thread-safe.
 */
final class Connection implements AutoCloseable {
    /** What a connection is for. Called on the connection's thread. */
    interface Peer {
        /** A request or notification. */
        void incoming(Incoming message);

        /** An error answer, before its request fails. */
        void failed(String message, Map<String, Object> error);

        /** A line that is no message. */
        void unreadable(String why);

        /** The connection ended. @return whether the requests shall fail now, rather than at {@link #close} */
        boolean disconnected();

        /** Nothing can be read any more. */
        void broken(Throwable why);
    }

    private final String name;
    private final Peer peer;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final Thread thread;
    private final Outgoing outgoing = new Outgoing();
    private final Lines lines = new Lines(Wire.MAX_MESSAGE);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    private final Map<Long, CompletableFuture<Object>> pending = new ConcurrentHashMap<>();
    private final AtomicLong ids = new AtomicLong();
    private volatile boolean closed;
    private volatile boolean ending;
    private volatile String closedWhy = "";

    private final Lines.Sink sink = new Lines.Sink() {
        @Override
        public void line(byte[] bytes, int offset, int length) {
            take(bytes, offset, length);
        }

        @Override
        public void tooLong() {
            String why = "a message was longer than " + Wire.MAX_MESSAGE + " bytes and was left out";
            peer.unreadable(why);
            send(Wire.error(null, Errors.INVALID_REQUEST, why, ""));
        }
    };

    /** Listens; {@link #start} begins to read. */
    Connection(String name, Path socket, Peer peer) throws IOException {
        this.name = name;
        this.peer = peer;
        selector = Selector.open();
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket), 4);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
        } catch (IOException e) {
            server.close();
            selector.close();
            throw e;
        }
        thread = new Thread(null, this::run, "worker-" + name, 256 * 1024);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    CompletableFuture<Object> request(String method, Map<String, ?> params) {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        Long id = ids.incrementAndGet();
        byte[] message;
        try {
            message = Wire.sendable(id, method, params);
        } catch (WorkerException e) {
            answer.completeExceptionally(e);
            return answer;
        }
        pending.put(id, answer);
        switch (send(message)) {
            case FULL -> fail(id, new WorkerException(false, "TooBusy", name + " does not read its messages"));
            case CLOSED -> fail(id, lost());
            default -> {
                if (closed) {
                    fail(id, lost()); // close() may have looked before the request was there
                }
            }
        }
        return answer;
    }

    Outgoing.Fate send(byte[] message) {
        Outgoing.Fate fate = outgoing.send(message);
        if (fate == Outgoing.Fate.QUEUED && Thread.currentThread() != thread) {
            selector.wakeup();
        }
        return fate;
    }

    private WorkerException lost() {
        return new WorkerException(
                true, "InstanceLost", name + (closedWhy.isEmpty() ? " lost its connection" : " ended: " + closedWhy));
    }

    private void fail(Long id, WorkerException why) {
        CompletableFuture<Object> answer = pending.remove(id);
        if (answer != null) {
            answer.completeExceptionally(why);
        }
    }

    private void failAll() {
        for (Long id : pending.keySet()) {
            fail(id, lost());
        }
    }

    /** The worker has ended: what it said before is still read, then the connection ends as by {@link #close}. */
    void finish(String why) {
        closedWhy = why;
        ending = true;
        outgoing.close();
        selector.wakeup();
        if (!thread.isAlive()) {
            close(why);
        }
    }

    /** Ends the connection; all requests fail as lost for the reason. */
    void close(String why) {
        closedWhy = why;
        closed = true;
        outgoing.close();
        selector.wakeup();
        if (!thread.isAlive()) {
            release(null);
        }
        failAll();
    }

    @Override
    public void close() {
        close("");
    }

    private void run() {
        SocketChannel channel = null;
        try {
            SelectionKey listening = server.keyFor(selector);
            while (!closed) {
                if (ending) {
                    channel = channel == null ? accept() : channel;
                    readLastWords(channel);
                    closed = true;
                } else if (channel == null) {
                    listening.interestOps(SelectionKey.OP_ACCEPT);
                    selector.select();
                    channel = accept();
                    if (channel != null) {
                        listening.interestOps(0);
                    }
                } else if (!serve(channel)) {
                    outgoing.close();
                    channel.close();
                    channel = null;
                    selector.selectNow(); // lets go of the channel's key
                    if (peer.disconnected()) {
                        failAll();
                    }
                }
            }
        } catch (ClosedSelectorException e) {
            closed = true;
        } catch (Throwable e) {
            // Whatever it was must not leave a worker that nobody reads from.
            closed = true;
            peer.broken(e);
        } finally {
            release(channel);
        }
    }

    private SocketChannel accept() throws IOException {
        selector.selectedKeys().clear();
        SocketChannel channel = server.accept();
        if (channel != null) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            lines.clear();
            outgoing.open(channel);
            if (closed || ending) {
                outgoing.close();
            }
        }
        return channel;
    }

    /** Waits until there is something to do, and does it. @return false when the connection has ended */
    private boolean serve(SocketChannel channel) throws IOException {
        SelectionKey key = channel.keyFor(selector);
        int wanted = (outgoing.pausesReading() ? 0 : SelectionKey.OP_READ)
                | (outgoing.isWaiting() ? SelectionKey.OP_WRITE : 0);
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
        selector.select();
        selector.selectedKeys().clear();
        if (closed || ending) {
            return true;
        }
        try {
            if (key.isWritable()) {
                drain();
            }
            if (key.isReadable()) {
                buffer.clear();
                if (channel.read(buffer) < 0) {
                    return false;
                }
                lines.add(buffer.flip(), sink);
            }
            return true;
        } catch (IOException e) {
            return false; // a reset by the worker; it may come back
        }
    }

    /** A worker that reads no more may have said something before; that is read until its end. */
    private void drain() {
        try {
            outgoing.drain();
        } catch (IOException e) {
            outgoing.close();
        }
    }

    /** All that a process sent before it ended is there to be read. */
    private void readLastWords(SocketChannel channel) {
        try {
            while (channel != null && !closed) {
                buffer.clear();
                if (channel.read(buffer) <= 0) {
                    return;
                }
                lines.add(buffer.flip(), sink);
            }
        } catch (IOException e) {
            peer.unreadable("its last words could not be read: " + e.getMessage());
        }
    }

    private void take(byte[] bytes, int offset, int length) {
        Incoming message;
        try {
            message = Wire.read(bytes, offset, length);
        } catch (IOException e) {
            String why =
                    "no JSON-RPC message: " + e.getMessage().lines().findFirst().orElse("");
            peer.unreadable(why);
            send(Wire.error(null, Errors.PARSE, why, ""));
            return;
        }
        if (!message.isAnswer()) {
            peer.incoming(message);
            return;
        }
        CompletableFuture<Object> answer = message.id() instanceof Number id ? pending.remove(id.longValue()) : null;
        if (message.error() == null) {
            if (answer != null) {
                answer.complete(message.result());
            }
        } else {
            WorkerException failure = Errors.of(message.error());
            peer.failed(failure.getMessage(), message.error());
            if (answer != null) {
                answer.completeExceptionally(failure);
            }
        }
    }

    private void release(SocketChannel channel) {
        outgoing.close();
        try (selector;
                server;
                channel) {
            closed = true;
        } catch (IOException e) {
            peer.unreadable("the connection could not be closed: " + e.getMessage());
        }
        failAll();
    }

    /** Waits until the connection's thread has ended. */
    void join(long millis) throws InterruptedException {
        if (Thread.currentThread() != thread) {
            thread.join(millis);
        }
    }
}
