package io.margay.itests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Modbus TCP slave that serves one client at a time and turns others away. Reads of holding registers 0 and 1 give a
 * number (the high word first) that grows with each read; writes of single registers are taken and forgotten.
 *
 * <p>One thread for all, which looks at what the client sends (its end too) before it lets one in: a client that leaves
 * before the next one comes is never taken for two.
 */
final class SingleClientSlave implements AutoCloseable {
    private static final int HEADER = 7;

    private final ServerSocketChannel door = ServerSocketChannel.open();
    private final Selector selector = Selector.open();
    private final ByteBuffer input = ByteBuffer.allocate(1024);
    private final Thread thread = new Thread(this::serve, "single-client-slave");
    private SocketChannel client;
    private int number;
    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicInteger turnedAway = new AtomicInteger();
    private volatile String broken = "";

    SingleClientSlave() throws IOException {
        door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        door.configureBlocking(false);
        door.register(selector, SelectionKey.OP_ACCEPT);
        thread.start();
    }

    int port() {
        return door.socket().getLocalPort();
    }

    /** How many were let in, one after the other. */
    int clients() {
        return clients.get();
    }

    /** How many came while another one was in. */
    int turnedAway() {
        return turnedAway.get();
    }

    /** What broke; empty when nothing did. */
    String broken() {
        return broken;
    }

    private void serve() {
        try {
            while (door.isOpen()) {
                selector.select();
                List<SelectionKey> ready = new ArrayList<>(selector.selectedKeys());
                selector.selectedKeys().clear();
                for (SelectionKey key : ready) {
                    if (key.isValid() && key.isReadable()) {
                        read();
                    }
                }
                for (SelectionKey key : ready) {
                    if (key.isValid() && key.isAcceptable()) {
                        admit();
                    }
                }
            }
            leave();
            selector.close();
        } catch (IOException | RuntimeException e) {
            broken = e.toString();
        }
    }

    private void admit() throws IOException {
        SocketChannel next = door.accept();
        if (next == null) {
            return;
        }
        if (client != null) {
            turnedAway.incrementAndGet();
            next.close();
            return;
        }
        clients.incrementAndGet();
        client = next;
        input.clear();
        client.configureBlocking(false);
        client.register(selector, SelectionKey.OP_READ);
    }

    private void leave() throws IOException {
        if (client != null) {
            client.close();
            client = null;
        }
    }

    private void read() throws IOException {
        int read;
        try {
            read = client.read(input);
        } catch (IOException e) {
            // Reset: the client has gone without a word.
            read = -1;
        }
        if (read < 0) {
            leave();
            return;
        }
        input.flip();
        while (input.remaining() > HEADER && input.remaining() >= 6 + input.getShort(input.position() + 4)) {
            byte[] request = new byte[6 + input.getShort(input.position() + 4)];
            input.get(request);
            client.write(answer(request));
        }
        input.compact();
    }

    private ByteBuffer answer(byte[] request) {
        ByteBuffer in = ByteBuffer.wrap(request);
        ByteBuffer out = ByteBuffer.allocate(300);
        out.putShort(in.getShort()).putShort((short) 0).putShort((short) 0).put(request[6]);
        byte function = request[HEADER];
        if (function == 3) {
            int count = in.getShort(HEADER + 3);
            out.put(function).put((byte) (2 * count)).putInt(number++);
            for (int i = 2; i < count; i++) {
                out.putShort((short) 0);
            }
        } else if (function == 6) {
            out.put(request, HEADER, 5);
        } else {
            out.put((byte) (function | 0x80)).put((byte) 1);
        }
        out.putShort(4, (short) (out.position() - 6));
        return out.flip();
    }

    @Override
    public void close() throws Exception {
        door.close();
        selector.wakeup();
        thread.join();
    }
}
