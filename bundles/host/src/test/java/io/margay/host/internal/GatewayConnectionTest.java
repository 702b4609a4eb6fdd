package io.margay.host.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.spi.WorkerException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayConnectionTest {
    @TempDir
    Path folder;

    private ServerSocketChannel gateway;
    private GatewayConnection connection;
    private final CompletableFuture<Object> late = new CompletableFuture<>();

    /** The gateway's end of one connection. */
    private record End(SocketChannel channel, BufferedReader lines) implements AutoCloseable {
        Incoming next() throws IOException {
            byte[] line = lines.readLine().getBytes(StandardCharsets.UTF_8);
            return Wire.read(line, 0, line.length);
        }

        void say(byte[] message) throws IOException {
            channel.write(ByteBuffer.wrap(message));
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @BeforeEach
    void listen() throws IOException {
        Path socket = folder.resolve("s");
        gateway = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        connection = new GatewayConnection(socket);
        connection.open(
                (method, params) -> switch (method) {
                    case "echo" -> CompletableFuture.completedFuture(params);
                    case "odd" -> CompletableFuture.completedFuture(Map.of("odd", new Object()));
                    case "later" -> late;
                    default -> CompletableFuture.failedFuture(new UnsupportedOperationException("no " + method));
                },
                why -> {});
    }

    @AfterEach
    void close() throws IOException {
        connection.close();
        gateway.close();
    }

    /** Takes the connection and its first message. */
    private End accept() throws IOException {
        SocketChannel channel = gateway.accept();
        End end = new End(channel, new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)));
        Incoming hello = end.next();
        assertThat(hello.method()).isEqualTo("hello");
        assertThat(hello.params()).containsEntry("sdk", "java/0.1").containsEntry("pid", (int)
                ProcessHandle.current().pid());
        end.say(Wire.result(hello.id(), Map.of()));
        return end;
    }

    @Test
    void asksAndAnswers() throws Exception {
        try (End end = accept()) {
            CompletableFuture<Object> asked = connection.request("thing.get", Map.of("productKey", "p"));
            Incoming request = end.next();
            assertThat(request.params()).containsEntry("productKey", "p");
            end.say(Wire.result(request.id(), Map.of("t", 1)));
            assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(Map.of("t", 1));

            CompletableFuture<Object> refused = connection.request("thing.set", Map.of());
            end.say(Wire.error(end.next().id(), -32004, "it is off line", ""));
            assertThatThrownBy(() -> refused.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(WorkerException.class)
                    .hasRootCauseMessage("it is off line");

            assertThatThrownBy(() -> connection
                            .request("thing.set", Map.of("values", new Object()))
                            .get(10, TimeUnit.SECONDS))
                    .hasRootCauseMessage("JSON has no such value: java.lang.Object");

            end.say(Wire.request(7, "echo", Map.of("a", "b")));
            assertThat(end.next().result()).isEqualTo(Map.of("a", "b"));
            end.say(Wire.request(8, "dance", Map.of()));
            assertThat(end.next().error()).containsEntry("code", -32601).containsEntry("message", "no dance");
            end.say(Wire.request(9, "odd", Map.of()));
            assertThat(end.next().error()).hasEntrySatisfying("message", message -> assertThat((String) message)
                    .contains("JSON has no such value: java.lang.Object"));
            end.say("no JSON\n".getBytes(StandardCharsets.UTF_8));
            assertThat(end.next().error()).containsEntry("code", -32700);
        }
    }

    @Test
    void comesBackWhenItLosesTheGateway() throws Exception {
        CompletableFuture<Object> lost;
        try (End end = accept()) {
            lost = connection.request("thing.get", Map.of());
            end.next();
        }
        assertThatThrownBy(() -> lost.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("the connection to the gateway is lost");
        try (End end = accept()) {
            CompletableFuture<Object> asked = connection.request("thing.get", Map.of());
            end.say(Wire.result(end.next().id(), Map.of()));
            assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo(Map.of());
        }
    }

    /** Its socket is made anew by a gateway that was started again, which uses the same ids for other requests. */
    @Test
    void anAnswerIsForWhoeverAsked() throws Exception {
        try (End end = accept()) {
            end.say(Wire.request(1, "later", Map.of()));
            end.say(Wire.request(2, "echo", Map.of()));
            end.next();
        }
        gateway.close();
        Files.delete(folder.resolve("s"));
        gateway = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(folder.resolve("s")));
        try (End end = accept()) {
            late.complete(Map.of("for", "the former"));
            end.say(Wire.request(1, "echo", Map.of("for", "the new one")));
            assertThat(end.next().result()).isEqualTo(Map.of("for", "the new one"));
        }
    }
}
