package io.margay.driver.modbus.internal;

import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.DriverConfiguration;
import io.margay.api.driver.DriverContext;
import io.margay.driver.modbus.internal.ChannelSettings.Endpoint;
import io.margay.driver.modbus.internal.ChannelSettings.Parity;
import io.margay.driver.modbus.internal.ChannelSettings.PollDefaults;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads and checks the driver's configuration, the devices' and the products' extensions. */
final class PlanReader {
    private static final int DAY = 86_400_000;
    private static final String PLACE = "driver configuration";

    /** How frames travel. */
    private enum Mode {
        TCP,
        RTU,
        RTU_OVER_TCP
    }

    private PlanReader() {}

    static DriverPlan read(DriverContext context) throws ConfigurationException {
        Map<String, ChannelSettings> channels = channels(context.configuration());
        Map<String, DevicePlan> devices = new LinkedHashMap<>();
        for (DeviceSettings settings : context.devices()) {
            DevicePlan plan = device(settings, channels);
            devices.put(plan.id(), plan);
        }
        return new DriverPlan(channels, devices);
    }

    private static Map<String, ChannelSettings> channels(DriverConfiguration configuration)
            throws ConfigurationException {
        if (!configuration.files().isEmpty()) {
            throw new ConfigurationException(PLACE + ": the Modbus driver takes json or kv, not files");
        }
        Map<String, ?> all = configuration.json().isEmpty() ? configuration.values() : configuration.json();
        Section top = new Section(PLACE, all);
        Section named = top.section("channels");
        Map<String, ChannelSettings> channels = new LinkedHashMap<>();
        if (named == null) {
            channels.put("default", channel("default", top));
            return channels;
        }
        if (named.keys().isEmpty()) {
            throw top.wrong("channels", "at least one channel is wanted");
        }
        for (Object key : named.keys()) {
            String name = String.valueOf(key);
            channels.put(name, channel(name, named.section(name)));
        }
        top.end();
        return channels;
    }

    private static ChannelSettings channel(String name, Section section) throws ConfigurationException {
        Mode mode = section.choice("mode", Mode.class, Mode.TCP);
        Endpoint endpoint = mode == Mode.RTU ? serial(section) : tcp(section, mode == Mode.RTU_OVER_TCP);
        int backoff = section.integer("backoffMs", 250, 1, DAY);
        ChannelSettings channel = new ChannelSettings(
                name,
                endpoint,
                section.integer("timeoutMs", 1000, 1, 600_000),
                section.integer("pauseMs", mode == Mode.TCP ? 0 : silence(endpoint), 0, 60_000),
                section.integer("failures", 3, 1, 1000),
                backoff,
                section.integer("maxBackoffMs", Math.max(10_000, backoff), backoff, DAY),
                poll(section, new PollDefaults(1000, 8, 125, 2000, false)));
        section.end();
        return channel;
    }

    private static Endpoint tcp(Section section, boolean rtu) throws ConfigurationException {
        if (!section.has("host")) {
            throw section.wrong("host", "missing; the slave's name or address is wanted");
        }
        return new Endpoint.Tcp(section.text("host", ""), section.integer("port", 502, 1, 65_535), rtu);
    }

    private static Endpoint serial(Section section) throws ConfigurationException {
        if (!section.has("port")) {
            throw section.wrong("port", "missing; the serial port's path is wanted, for example /dev/ttyUSB0");
        }
        return new Endpoint.Serial(
                section.text("port", ""),
                section.integer("baudRate", 9600, 50, 4_000_000),
                section.integer("dataBits", 8, 7, 8),
                section.choice("parity", Parity.class, Parity.NONE),
                section.integer("stopBits", 1, 1, 2));
    }

    /** 3.5 characters of 11 bits end a frame; above 19200 baud the standard says 1.75 ms. */
    private static int silence(Endpoint endpoint) {
        int baud = endpoint instanceof Endpoint.Serial serial ? serial.baudRate() : 19_200;
        return baud > 19_200 ? 2 : (38_500 + baud - 1) / baud;
    }

    private static PollDefaults poll(Section section, PollDefaults otherwise) throws ConfigurationException {
        return new PollDefaults(
                section.integer("pollMs", otherwise.pollMs(), 1, DAY),
                section.integer("maxGap", otherwise.maxGap(), 0, 124),
                section.integer("maxRegisters", otherwise.maxRegisters(), 1, 125),
                section.integer("maxBits", otherwise.maxBits(), 1, 2000),
                section.flag("reportOnChange", otherwise.onChange()));
    }

    private static DevicePlan device(DeviceSettings settings, Map<String, ChannelSettings> channels)
            throws ConfigurationException {
        Section section =
                new Section("device " + settings.productKey() + "/" + settings.deviceName(), settings.configuration());
        String name = section.text("channel", null);
        if (name == null && channels.size() > 1) {
            throw section.wrong("channel", "missing; one of " + String.join(", ", channels.keySet()) + " is wanted");
        }
        ChannelSettings channel = name == null ? channels.values().iterator().next() : channels.get(name);
        if (channel == null) {
            throw section.wrong(
                    "channel", "there is no channel " + name + ", only " + String.join(", ", channels.keySet()));
        }
        // On a serial line 0 is the broadcast, which nobody answers, and 248 to 255 are reserved.
        int unitId = channel.rtu() ? section.integer("unitId", 1, 1, 247) : section.integer("unitId", 1, 0, 255);
        Section product = new Section("product " + settings.productKey(), settings.extension()).section("modbus");
        if (product == null) {
            throw new ConfigurationException("product " + settings.productKey()
                    + ": modbus: missing in the extension; it says which register holds which property");
        }
        // The device's own words win over the product's, these over the channel's.
        PollDefaults poll = poll(section, poll(product, channel.poll()));
        boolean multiple = product.flag("multipleWrites", false);
        section.end();
        Map<String, Mapping> mappings = MappingReader.read(settings, product, poll);
        return new DevicePlan(settings, channel.name(), unitId, poll, multiple, mappings);
    }
}
