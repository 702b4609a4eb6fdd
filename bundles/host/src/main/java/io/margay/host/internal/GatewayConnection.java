package io.margay.host.internal;

import io.margay.spi.WorkerException;
import io.margay.spi.wire.Errors;
import io.margay.spi.wire.Incoming;
import io.margay.spi.wire.Lines;
import io.margay.spi.wire.Wire;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * The worker's end of docs/worker-protocol.md: one socket, read by one thread. Where the connection is lost it is made again
 * for half a minute; what was asked meanwhile has failed. Thread-safe.
 */
@Component(service = GatewayConnection.class)
public final class GatewayConnection {
    /** Answers what the gateway asks. */
    interface Peer {
        /**
         * Called on the reader's thread, in the order of arrival: what may block completes later.
         *
         * @return what to answer; never completed where nothing shall be answered
         */
        CompletionStage<?> request(String method, Map<String, Object> params);
    }

    private static final int PROTOCOL = 1;
    private static final int PAUSE_MILLIS = 100;

    /** Half a minute. Counted rather than timed, as this process may be frozen meanwhile. */
    private static final int TRIES = 30_000 / PAUSE_MILLIS;

    private final Path socket;
    private final Map<Long, CompletableFuture<Object>> pending = new ConcurrentHashMap<>();
    private final AtomicLong ids = new AtomicLong();
    private final Object writing = new Object();
    private volatile SocketChannel channel;
    private volatile boolean closed;
    private volatile Peer peer;
    private Consumer<String> ended;

    @Activate
    public GatewayConnection(BundleContext context) {
        this(Path.of(context.getProperty("margay.socket")));
    }

    GatewayConnection(Path socket) {
        this.socket = socket;
    }

    /**
     * Connects and says hello.
     *
     * @param ended told, once and on the reader's thread, why there is no connection any more; not after {@link #close}
     */
    void open(Peer answers, Consumer<String> ended) {
        this.peer = answers;
        this.ended = ended;
        Thread reader = new Thread(this::run, "gateway");
        reader.setDaemon(true);
        reader.start();
    }

    @Deactivate
    void close() {
        closed = true;
        SocketChannel open = channel;
        if (open != null) {
            closeQuietly(open);
        }
    }

    private static void closeQuietly(SocketChannel open) {
        try {
            open.close();
        } catch (IOException e) {
            return; // it is of no use either way
        }
    }

    private void run() {
        String why = "it could not connect";
        for (int left = TRIES; left > 0 && !closed; left--) {
            try (SocketChannel connected = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                connected.connect(UnixDomainSocketAddress.of(socket));
                channel = connected;
                hello();
                why = read(connected);
                left = TRIES;
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
            channel = null;
            failAll();
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                closed = true;
            }
        }
        if (!closed) {
            ended.accept(why);
        }
    }

    private void hello() {
        var unused = request(
                "hello",
                Map.of("protocol", PROTOCOL, "pid", ProcessHandle.current().pid(), "sdk", "java/0.1"));
    }

    /** @return why there is nothing more to read */
    private String read(SocketChannel connected) {
        Lines lines = new Lines(Wire.MAX_MESSAGE);
        ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
        Lines.Sink sink = new Lines.Sink() {
            @Override
            public void line(byte[] bytes, int offset, int length) {
                take(connected, bytes, offset, length);
            }

            @Override
            public void tooLong() {
                send(
                        connected,
                        Wire.error(null, Errors.INVALID_REQUEST, "a message was longer than " + Wire.MAX_MESSAGE, ""));
            }
        };
        try {
            while (connected.read(buffer) >= 0) {
                lines.add(buffer.flip(), sink);
                buffer.clear();
            }
            return "the gateway ended the connection";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void take(SocketChannel from, byte[] bytes, int offset, int length) {
        Incoming message;
        try {
            message = Wire.read(bytes, offset, length);
        } catch (IOException e) {
            send(from, Wire.error(null, Errors.PARSE, "no JSON-RPC message: " + e.getMessage(), ""));
            return;
        }
        if (!message.isAnswer()) {
            answer(from, message);
            return;
        }
        CompletableFuture<Object> waiting = message.id() instanceof Number id ? pending.remove(id.longValue()) : null;
        if (waiting == null) {
            return;
        }
        if (message.error() == null) {
            waiting.complete(message.result());
        } else {
            waiting.completeExceptionally(Errors.of(message.error()));
        }
    }

    /** Answers where it was asked: after a loss, the next gateway may use the same id for another request. */
    private void answer(SocketChannel asked, Incoming message) {
        CompletionStage<?> stage;
        try {
            stage = peer.request(message.method(), message.params());
        } catch (RuntimeException e) {
            stage = CompletableFuture.failedFuture(e);
        }
        if (message.id() == null) {
            return;
        }
        stage.whenComplete((result, failure) ->
                send(asked, failure == null ? result(message.id(), result) : Errors.answer(message.id(), failure)));
    }

    private static byte[] result(Object id, Object result) {
        try {
            byte[] answer = Wire.result(id, result);
            if (answer.length <= Wire.MAX_MESSAGE) {
                return answer;
            }
            return Errors.answer(
                    id,
                    new IllegalStateException("the answer has " + answer.length + " bytes; at most " + Wire.MAX_MESSAGE
                            + " are possible"));
        } catch (RuntimeException e) { // values of the author's own making
            return Errors.answer(id, new IllegalStateException("the answer can't be sent: " + e.getMessage(), e));
        }
    }

    /**
     * Asks the gateway.
     *
     * @return fails with a {@link WorkerException} where the gateway says no, or the connection is lost. Completed on the
     *     reader's thread
     */
    CompletableFuture<Object> request(String method, Map<String, ?> params) {
        long id = ids.incrementAndGet();
        CompletableFuture<Object> answer = new CompletableFuture<>();
        byte[] message;
        try {
            message = Wire.sendable(id, method, params);
        } catch (WorkerException e) {
            answer.completeExceptionally(e);
            return answer;
        }
        pending.put(id, answer);
        if (!send(message)) {
            fail(id);
        }
        return answer;
    }

    /** Tells the gateway; lost where there is no connection. */
    void tell(String method, Map<String, ?> params) {
        send(Wire.request(null, method, params));
    }

    /** @return false when there is no connection */
    private boolean send(byte[] message) {
        SocketChannel open = channel;
        return open != null && send(open, message);
    }

    private boolean send(SocketChannel open, byte[] message) {
        ByteBuffer bytes = ByteBuffer.wrap(message);
        try {
            synchronized (writing) {
                while (bytes.hasRemaining()) {
                    open.write(bytes);
                }
            }
            return true;
        } catch (IOException e) {
            return false; // the reader sees it too
        }
    }

    private void failAll() {
        pending.keySet().forEach(this::fail);
    }

    private void fail(long id) {
        CompletableFuture<Object> waiting = pending.remove(id);
        if (waiting != null) {
            waiting.completeExceptionally(new WorkerException(true, "", "the connection to the gateway is lost"));
        }
    }
}
