package io.margay.host.internal;

import io.margay.spi.wire.Incoming;
import io.margay.spi.wire.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A gateway that one worker has: notes what it is told, and takes every report. */
final class FakeGateway implements AutoCloseable {
    /** Method, device and reason of what it was told, such as {@code device.offline one gone}. */
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    private final ServerSocketChannel listening;
    private final SocketChannel worker;
    private final Map<Integer, CompletableFuture<Incoming>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();

    /** Returns when the worker, which connects by itself, has said hello. */
    FakeGateway(Path socket, Runnable connect) throws Exception {
        listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        connect.run();
        worker = listening.accept();
        Thread reader = new Thread(this::read, "fake gateway");
        reader.setDaemon(true);
        reader.start();
        if (!"hello".equals(next())) {
            throw new AssertionError("no hello");
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(Channels.newReader(worker, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
                take(Wire.read(bytes, 0, bytes.length));
            }
        } catch (IOException e) {
            told.add("closed");
        }
    }

    private void take(Incoming message) throws IOException {
        if (message.isAnswer()) {
            asked.remove(((Number) message.id()).intValue()).complete(message);
            return;
        }
        Map<String, Object> params = message.params();
        Object device = params.get("deviceName");
        Object reason = params.get("reason");
        told.add(message.method() + (device == null ? "" : " " + device) + (reason == null ? "" : " " + reason));
        if (message.id() != null) {
            say(Wire.result(message.id(), Map.of("status", "ACCEPTED", "reason", "")));
        }
    }

    private void say(byte[] message) throws IOException {
        worker.write(ByteBuffer.wrap(message));
    }

    /** What it is told next. */
    String next() throws InterruptedException {
        return told.poll(10, TimeUnit.SECONDS);
    }

    CompletableFuture<Incoming> askLater(String method, Map<String, ?> params) throws IOException {
        int id = ids.incrementAndGet();
        CompletableFuture<Incoming> answer = new CompletableFuture<>();
        asked.put(id, answer);
        say(Wire.request(id, method, params));
        return answer;
    }

    Incoming ask(String method, Map<String, ?> params) throws Exception {
        return askLater(method, params).get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        worker.close();
        listening.close();
    }
}
