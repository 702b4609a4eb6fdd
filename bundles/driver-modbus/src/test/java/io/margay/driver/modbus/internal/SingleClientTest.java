package io.margay.driver.modbus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Hand-over on a slave that takes one client at a time and turns others away. */
@Timeout(60)
class SingleClientTest {
    /** Passes one connection at a time through to a slave. */
    private static final class Turnstile implements AutoCloseable {
        final ServerSocket door = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        final AtomicInteger inside = new AtomicInteger();
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final int port;

        Turnstile(int port) throws IOException {
            this.port = port;
            threads.execute(this::keep);
        }

        private void keep() {
            try {
                while (true) {
                    admit(door.accept());
                }
            } catch (IOException e) {
                LoggerFactory.getLogger(Turnstile.class).debug("closed", e);
            }
        }

        private void admit(Socket client) throws IOException {
            if (inside.compareAndSet(0, 1)) {
                Socket slave = new Socket(InetAddress.getLoopbackAddress(), port);
                threads.execute(() -> pass(client, slave, true));
                threads.execute(() -> pass(slave, client, false));
            } else {
                client.close();
            }
        }

        private void pass(Socket from, Socket to, boolean leaves) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException e) {
                LoggerFactory.getLogger(Turnstile.class).debug("one side has left", e);
            } finally {
                if (leaves) {
                    inside.set(0);
                }
            }
        }

        @Override
        public void close() throws IOException {
            door.close();
            threads.shutdownNow();
        }
    }

    @Test
    void theNewOneGetsInWhenTheOldOneHasStopped() throws Exception {
        try (Slave slave = new Slave(false);
                Turnstile turnstile = new Turnstile(slave.port)) {
            slave.holding(0, 5);
            ModbusDriver former = null;
            for (int swap = 0; swap < 5; swap++) {
                ModbusDriver driver = new ModbusDriver();
                Gateway gateway = new Gateway().tcp(turnstile.door.getLocalPort());
                gateway.device("boiler-1", Map.of(), Map.of("properties", Map.of("level", Map.of("address", 0))));
                if (former != null) {
                    former.stop();
                }
                driver.start(gateway);
                assertThat(gateway.handlers.get("boiler-1").get(List.of("level")))
                        .containsEntry("level", 5L);
                gateway.await("{level=5}");
                former = driver;
            }
            former.stop();
        }
    }
}
