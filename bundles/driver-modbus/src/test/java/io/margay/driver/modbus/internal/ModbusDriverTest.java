package io.margay.driver.modbus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The driver against the library's own server over loopback. */
@Timeout(60)
class ModbusDriverTest {
    private static final Map<String, Object> TEMPERATURE =
            Map.of("address", 0, "type", "int16", "scale", 0.1, "writable", true);

    private final ModbusDriver driver = new ModbusDriver();
    private final Gateway gateway = new Gateway();
    private Slave slave;

    @BeforeEach
    void startSlave() throws Exception {
        slave = new Slave(false);
        gateway.tcp(slave.port);
    }

    @AfterEach
    void stopAll() throws Exception {
        driver.stop();
        slave.close();
    }

    private static Map<String, Object> properties(Object... namesAndMappings) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = 0; i < namesAndMappings.length; i += 2) {
            properties.put((String) namesAndMappings[i], namesAndMappings[i + 1]);
        }
        return Map.of("properties", properties);
    }

    @Test
    void reportsNeighboursOfOneReadInOneReport() throws Exception {
        slave.holding(0, 213, 0, 7);
        slave.coil(4, true);
        gateway.device(
                "boiler-1",
                Map.of("unitId", 1),
                properties(
                        "burner",
                        Map.of("address", 4, "table", "coil"),
                        "count",
                        Map.of("address", 1, "type", "uint32"),
                        "temperature",
                        TEMPERATURE));

        driver.start(gateway);

        gateway.await("online");
        assertThat(gateway.await("{")).isEqualTo("{burner=true, count=7, temperature=21.3}");
        gateway.await("{");
        assertThat(slave.reads).containsOnly("0+3");
    }

    @Test
    void getReadsNowAndSetWritesBack() throws Exception {
        slave.holding(0, 213, 0);
        gateway.device(
                "boiler-1",
                Map.of("pollMs", 3_600_000),
                properties(
                        "temperature",
                        TEMPERATURE,
                        "setpoint",
                        Map.of("address", 1, "type", "int16", "writable", true),
                        "fixed",
                        Map.of("address", 2),
                        "on",
                        Map.of("address", 0, "table", "coil", "writable", true),
                        "eco",
                        Map.of("address", 1, "table", "coil", "writable", true),
                        "flag",
                        Map.of("address", 9, "type", "bool", "bit", 3, "writable", true)));
        driver.start(gateway);
        var handler = gateway.handlers.get("boiler-1");

        slave.holding(0, 250);
        assertThat(handler.get(List.of("temperature"))).isEqualTo(Map.of("temperature", 25.0));

        handler.set(Map.of("temperature", 30.5, "setpoint", -4, "on", true, "eco", true));
        assertThat(slave.holding(0)).isEqualTo(305);
        assertThat(slave.holding(1)).isEqualTo(0xfffc);
        assertThat(slave.coil(0)).isTrue();
        assertThat(slave.coil(1)).isTrue();

        slave.holding(9, 0xf001);
        handler.set(Map.of("flag", true));
        assertThat(slave.holding(9)).isEqualTo(0xf009);

        assertThatThrownBy(() -> handler.set(Map.of("setpoint", 1, "fixed", 1)))
                .hasMessageStartingWith("fixed: not writable");
        assertThat(slave.holding(1)).as("nothing is written then").isEqualTo(0xfffc);
        assertThatThrownBy(() -> handler.get(List.of("colour"))).hasMessageContaining("colour");
        assertThatThrownBy(() -> handler.call("reset", Map.of())).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void goesOffLineAndComesBack() throws Exception {
        slave.holding(0, 213);
        gateway.device("boiler-1", Map.of(), properties("temperature", TEMPERATURE));
        driver.start(gateway);
        gateway.await("{");

        slave.stop();
        assertThat(gateway.await("offline")).contains("127.0.0.1:" + slave.port);
        assertThatThrownBy(() -> gateway.handlers.get("boiler-1").get(List.of("temperature")))
                .isInstanceOf(NoAnswerException.class)
                .hasMessageContaining("no connection to 127.0.0.1:" + slave.port);

        slave.holding(0, 214);
        slave.start();
        gateway.await("online");
        assertThat(gateway.await("{")).isEqualTo("{temperature=21.4}");
    }

    @Test
    void aSilentUnitDoesNotTakeTheOthersAlong() throws Exception {
        slave.holding(0, 213);
        gateway.device("boiler-1", Map.of("unitId", 1), properties("temperature", TEMPERATURE));
        gateway.device("boiler-2", Map.of("unitId", 2), properties("temperature", TEMPERATURE));

        driver.start(gateway);

        assertThat(gateway.await("offline")).contains("unit 2");
        gateway.await("{temperature=21.3}");
        gateway.await("{temperature=21.3}");
    }

    @Test
    void addressesThatTheSlaveDoesNotHaveAreLeftOut() throws Exception {
        slave.holding(0, 213, 0, 5);
        slave.hole = 1;
        gateway.device("boiler-1", Map.of(), properties("temperature", TEMPERATURE, "level", Map.of("address", 2)));

        driver.start(gateway);

        assertThat(gateway.await("{")).isEqualTo("{temperature=21.3, level=5}");
        assertThat(slave.reads.subList(0, 3)).containsExactly("0+3", "0+1", "2+1");
    }

    @Test
    void reportsOnlyChangesWhenToldSo() throws Exception {
        slave.holding(0, 213, 1);
        gateway.device(
                "boiler-1",
                Map.of("reportOnChange", true),
                properties("temperature", TEMPERATURE, "level", Map.of("address", 1)));
        driver.start(gateway);
        gateway.await("{temperature=21.3, level=1}");
        int reads = slave.reads.size();
        while (slave.reads.size() < reads + 3) {
            Thread.onSpinWait();
        }

        slave.holding(0, 214);

        assertThat(gateway.told.take()).isEqualTo("{temperature=21.4}");
    }

    @Test
    void callsGoOnWhileTheGatewayHoldsReportsBack() throws Exception {
        slave.holding(0, 213);
        gateway.gate = new CountDownLatch(1);
        gateway.device("boiler-1", Map.of(), properties("temperature", TEMPERATURE));
        driver.start(gateway);
        gateway.await("online");

        assertThat(gateway.handlers.get("boiler-1").get(List.of("temperature"))).containsEntry("temperature", 21.3);

        gateway.gate.countDown();
        gateway.await("{temperature=21.3}");
    }

    @Test
    void stopClosesTheConnectionAndEndsItsThreadsAndMayBeStartedAgain() throws Exception {
        try (ServerSocket single = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gateway.tcp(single.getLocalPort());
            gateway.device("boiler-1", Map.of(), properties("temperature", TEMPERATURE));
            for (int round = 0; round < 2; round++) {
                driver.start(gateway);
                try (Socket accepted = single.accept()) {
                    InputStream in = accepted.getInputStream();
                    assertThat(in.read()).isNotNegative();
                    driver.stop();
                    assertThat(in.readAllBytes()).as("the rest, then the end").isNotNull();
                }
                assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("modbus-modbus"))
                        .noneMatch(name -> name.startsWith("modbus-reports"));
            }
        }
    }

    @Test
    void takesChangedDevicesWithoutANewStart() throws Exception {
        slave.holding(0, 213, 5);
        gateway.device("boiler-1", Map.of(), properties("temperature", TEMPERATURE));
        driver.start(gateway);
        gateway.await("{temperature=21.3}");

        gateway.devices.clear();
        gateway.device("boiler-2", Map.of(), properties("level", Map.of("address", 1)));
        assertThat(driver.changed(gateway)).isTrue();
        gateway.await("{level=5}");
        gateway.told.clear();
        gateway.await("{level=5}");
        assertThat(gateway.told).doesNotContain("{temperature=21.3}");

        gateway.tcp(Slave.freePort());
        assertThat(driver.changed(gateway)).isFalse();
    }

    @Test
    void rtuFramesOverTcp() throws Exception {
        try (Slave rtu = new Slave(true)) {
            rtu.holding(0, 213);
            gateway.json = Map.of(
                    "mode", "rtu-over-tcp", "host", "127.0.0.1", "port", rtu.port, "pollMs", 20, "timeoutMs", 500);
            gateway.device("boiler-1", Map.of(), properties("temperature", TEMPERATURE));

            driver.start(gateway);

            gateway.await("{temperature=21.3}");
            gateway.handlers.get("boiler-1").set(Map.of("temperature", 40));
            gateway.await("{temperature=40.0}");
        }
    }
}
