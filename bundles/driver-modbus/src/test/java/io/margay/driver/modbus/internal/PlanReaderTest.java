package io.margay.driver.modbus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.api.driver.DeviceSettings;
import io.margay.driver.modbus.internal.ChannelSettings.Endpoint;
import io.margay.driver.modbus.internal.ChannelSettings.Parity;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlanReaderTest {
    private static final Map<String, Object> TCP = Map.of("host", "plc");
    private static final Map<String, Object> ONE = Map.of("properties", Map.of("t", Map.of("address", 0)));

    private final Gateway gateway = new Gateway();

    private DriverPlan read(Map<String, Object> driver, Map<String, Object> device, Map<String, Object> modbus)
            throws ConfigurationException {
        gateway.json = driver;
        gateway.devices.clear();
        gateway.device("boiler-1", device, modbus);
        return PlanReader.read(gateway);
    }

    private void refuses(
            Map<String, Object> driver, Map<String, Object> device, Map<String, Object> modbus, String message) {
        assertThatThrownBy(() -> read(driver, device, modbus))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(message);
    }

    private void refusesProperty(Map<String, Object> property, String message) {
        refuses(TCP, Map.of(), Map.of("properties", Map.of("t", property)), "product boiler: " + message);
    }

    @Test
    void defaults() throws Exception {
        DriverPlan plan = read(TCP, Map.of(), ONE);

        ChannelSettings channel = plan.channels().get("default");
        assertThat(channel.endpoint()).isEqualTo(new Endpoint.Tcp("plc", 502, false));
        assertThat(channel.timeoutMs()).isEqualTo(1000);
        DevicePlan device = plan.devices().get("boiler/boiler-1");
        assertThat(device.unitId()).isEqualTo(1);
        Mapping mapping = device.mappings().get("t");
        assertThat(mapping.table()).isEqualTo(Table.HOLDING);
        assertThat(mapping.type()).isEqualTo(ValueType.UINT16);
        assertThat(mapping.pollMs()).isEqualTo(1000);
    }

    @Test
    void theNearestPollIntervalWins() throws Exception {
        Map<String, Object> product = Map.of(
                "pollMs",
                300,
                "properties",
                Map.of("slow", Map.of("address", 0, "pollMs", 60_000), "fast", Map.of("address", 1)));

        assertThat(read(TCP, Map.of(), product).devices().get("boiler/boiler-1").mappings())
                .satisfies(m -> assertThat(m.get("slow").pollMs()).isEqualTo(60_000))
                .satisfies(m -> assertThat(m.get("fast").pollMs()).isEqualTo(300));
        assertThat(read(TCP, Map.of("pollMs", 50), product)
                        .devices()
                        .get("boiler/boiler-1")
                        .mappings()
                        .get("fast")
                        .pollMs())
                .isEqualTo(50);
    }

    @Test
    void namedChannels() throws Exception {
        Map<String, Object> driver = Map.of(
                "channels",
                Map.of(
                        "line",
                        Map.of("mode", "rtu", "port", "/dev/ttyUSB0", "baudRate", 19200, "parity", "even"),
                        "plc",
                        TCP));

        DriverPlan plan = read(driver, Map.of("channel", "line", "unitId", 7), ONE);

        assertThat(plan.channels().get("line").endpoint())
                .isEqualTo(new Endpoint.Serial("/dev/ttyUSB0", 19200, 8, Parity.EVEN, 1));
        assertThat(plan.channels().get("line").pauseMs()).as("3.5 characters").isEqualTo(3);
        assertThat(plan.devices().get("boiler/boiler-1").channel()).isEqualTo("line");

        assertThatThrownBy(() -> read(driver, Map.of(), ONE))
                .hasMessageMatching("device boiler/boiler-1: channel: missing; one of (line, plc|plc, line) is wanted");
        assertThatThrownBy(() -> read(driver, Map.of("channel", "x"), ONE))
                .hasMessageStartingWith("device boiler/boiler-1: channel: there is no channel x, only ");
    }

    @Test
    void numbersMayBeTextAsInTheKeyValueFormat() throws Exception {
        assertThat(read(Map.of("host", "plc", "port", "1502"), Map.of(), ONE)
                        .channels()
                        .get("default")
                        .endpoint())
                .isEqualTo(new Endpoint.Tcp("plc", 1502, false));
    }

    @Test
    void driverFaultsNameTheKey() {
        refuses(Map.of(), Map.of(), ONE, "driver configuration: host: missing; the slave's name or address is wanted");
        refuses(
                Map.of("host", "plc", "port", 70_000),
                Map.of(),
                ONE,
                "driver configuration: port: a whole number from 1 to 65535 is wanted, not 70000");
        refuses(
                Map.of("mode", "ascii"),
                Map.of(),
                ONE,
                "driver configuration: mode: one of tcp, rtu, rtu-over-tcp is wanted, not ascii");
        assertThatThrownBy(() -> read(Map.of("host", "plc", "timeout", 5), Map.of(), ONE))
                .hasMessageStartingWith("driver configuration: timeout: unknown key; known are backoffMs, ");
        refuses(
                Map.of("channels", Map.of("a", Map.of("mode", "rtu"))),
                Map.of(),
                ONE,
                "driver configuration: channels.a.port: missing; the serial port's path is wanted, for example /dev/ttyUSB0");
    }

    @Test
    void deviceFaultsNameTheDevice() {
        refuses(
                TCP,
                Map.of("unitId", 300),
                ONE,
                "device boiler/boiler-1: unitId: a whole number from 0 to 255 is wanted, not 300");
        assertThatThrownBy(() -> read(TCP, Map.of("unit", 1), ONE))
                .hasMessageStartingWith("device boiler/boiler-1: unit: unknown key");
    }

    @Test
    void productFaultsNamePropertyAndKey() {
        refusesProperty(Map.of(), "modbus.properties.t.address: missing; a number from 0 to 65535 is wanted");
        refusesProperty(
                Map.of("address", 0, "type", "int17"),
                "modbus.properties.t.type: one of int16, uint16, int32, uint32, int64, uint64, float32, float64, bool, "
                        + "string is wanted, not int17");
        refusesProperty(
                Map.of("address", 0, "table", "coil", "type", "int16"),
                "modbus.properties.t.type: a coil or discrete input holds a bool only");
        refusesProperty(
                Map.of("address", 0, "table", "input", "writable", true),
                "modbus.properties.t.writable: only holding registers and coils can be written");
        refusesProperty(
                Map.of("address", 65_535, "type", "int32"),
                "modbus.properties.t.address: the value would end behind address 65535");
        refusesProperty(Map.of("address", 0, "scale", 0), "modbus.properties.t.scale: 0 would make all values equal");
        refusesProperty(
                Map.of("address", 0, "type", "string"),
                "modbus.properties.t.length: missing; the string's length in bytes is wanted");
        refusesProperty(Map.of("address", 0, "bit", 2), "modbus.properties.t.bit: only a bool in a register has a bit");
        refuses(TCP, Map.of(), Map.of(), "product boiler: modbus.properties: missing; at least one property is wanted");
    }

    @Test
    void aPropertyMustBeInTheThingModel() {
        Map<String, Object> model = Map.of("properties", List.of(Map.of("identifier", "temperature")));
        gateway.json = TCP;
        gateway.devices.add(new DeviceSettings("boiler", "boiler-1", Map.of(), Map.of("modbus", ONE), model));

        assertThatThrownBy(() -> PlanReader.read(gateway))
                .hasMessage("product boiler: modbus.properties.t: there is no such property in the thing model");
        gateway.devices.set(0, new DeviceSettings("boiler", "boiler-1", Map.of(), Map.of(), model));
        assertThatThrownBy(() -> PlanReader.read(gateway))
                .hasMessage("product boiler: modbus: missing in the extension; it says which register holds which"
                        + " property");
    }
}
