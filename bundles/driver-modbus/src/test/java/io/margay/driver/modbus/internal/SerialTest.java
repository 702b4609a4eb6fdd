package io.margay.driver.modbus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** RTU on a serial port: a pseudo terminal that socat ties to the library's own RTU server. */
@Timeout(60)
class SerialTest {
    private static final Map<String, Object> PROPERTIES = Map.of(
            "properties", Map.of("temperature", Map.of("address", 0, "type", "int16", "scale", 0.1, "writable", true)));

    private final ModbusDriver driver = new ModbusDriver();
    private final Gateway gateway = new Gateway();

    @TempDir
    Path folder;

    @AfterEach
    void stop() throws Exception {
        driver.stop();
    }

    private Map<String, Object> rtu(Path port) {
        return Map.of(
                "mode",
                "rtu",
                "port",
                port.toString(),
                "pollMs",
                20,
                "timeoutMs",
                500,
                "backoffMs",
                20,
                "maxBackoffMs",
                50);
    }

    private static boolean hasSocat() {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(path -> Files.isExecutable(Path.of(path, "socat")));
    }

    @Test
    void readsAndWritesOverASerialPortAndSeesItPulledOut() throws Exception {
        // Where no test may be left out, the start of socat fails below.
        assumeTrue(
                hasSocat() || Boolean.getBoolean("margay.noskip"), "left out: it needs socat (Debian package socat)");
        Path port = folder.resolve("tty");
        try (Slave slave = new Slave(true)) {
            slave.holding(0, 213);
            Process socat = new ProcessBuilder(
                            "socat", "-d", "-d", "pty,raw,echo=0,link=" + port, "tcp:127.0.0.1:" + slave.port)
                    .start();
            try (BufferedReader said = socat.errorReader()) {
                assertThat(said.lines().anyMatch(line -> line.contains("starting data transfer loop")))
                        .isTrue();
                gateway.json = rtu(port);
                gateway.device("boiler-1", Map.of(), PROPERTIES);
                driver.start(gateway);

                gateway.await("{temperature=21.3}");
                gateway.handlers.get("boiler-1").set(Map.of("temperature", -5.5));
                assertThat(slave.holding(0)).isEqualTo(0xffc9);
                assertThat(gateway.handlers.get("boiler-1").get(List.of("temperature")))
                        .containsEntry("temperature", -5.5);

                socat.destroy();
                socat.waitFor();
                assertThat(gateway.await("offline")).contains(port.toString());
            } finally {
                socat.destroyForcibly();
            }
        }
    }

    @Test
    void saysThatThePortIsNotThere() throws Exception {
        gateway.json = rtu(folder.resolve("none"));
        gateway.device("boiler-1", Map.of(), PROPERTIES);
        driver.start(gateway);

        assertThat(gateway.await("offline")).contains("there is no serial port " + folder.resolve("none"));
        assertThatThrownBy(() -> gateway.handlers.get("boiler-1").get(List.of("temperature")))
                .hasMessageContaining("there is no serial port");
    }
}
