package io.margay.instance.internal;

import io.margay.instance.internal.InstanceDecoder.Read;
import io.margay.model.Defaults.MustConfigure;
import io.margay.model.EdgeInstance;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Notes what is not configured though its version in the catalogue asks for it. */
final class MustConfigureCheck {
    private final List<Read<EdgeInstance.Driver>> drivers;
    private final List<Read<EdgeInstance.Device>> devices;
    private final List<Read<EdgeInstance.Function>> functions;

    MustConfigureCheck(
            List<Read<EdgeInstance.Driver>> drivers,
            List<Read<EdgeInstance.Device>> devices,
            List<Read<EdgeInstance.Function>> functions) {
        this.drivers = drivers;
        this.devices = devices;
        this.functions = functions;
    }

    void check() {
        Set<String> withDevices = new HashSet<>();
        devices.forEach(device -> withDevices.add(device.part().driver()));
        // Who asks for it, by the name of the driver in the document.
        Map<String, String> asking = new HashMap<>();
        for (Read<EdgeInstance.Driver> read : drivers) {
            EdgeInstance.Driver driver = read.part();
            Set<MustConfigure> must = driver.defaults().mustConfigure();
            String version = version(read.section(), "driver", driver.name(), driver.version());
            if (must.contains(MustConfigure.DRIVER)
                    && driver.ownConfiguration().isEmpty()
                    && withDevices.contains(driver.name())) {
                missing(
                        read.section(),
                        "driver " + driver.name(),
                        version + " must be configured where it has devices");
            }
            if (must.contains(MustConfigure.DEVICE)) {
                asking.put(driver.name(), version);
            }
        }
        for (Read<EdgeInstance.Device> read : devices) {
            EdgeInstance.Device device = read.part();
            String version = asking.get(device.driver());
            if (version != null && device.configuration().isEmpty()) {
                missing(read.section(), "device " + device.id(), version + " needs one for each device");
            }
        }
        for (Read<EdgeInstance.Function> read : functions) {
            EdgeInstance.Function function = read.part();
            if (function.defaults().mustConfigure().contains(MustConfigure.FUNCTION)
                    && function.ownConfiguration().isEmpty()) {
                String version = version(read.section(), "function", function.name(), function.version());
                missing(read.section(), "function " + function.name(), version + " must be configured");
            }
        }
    }

    private static void missing(Section section, String what, String why) {
        if (!section.faults().within(section.at("config"))) {
            section.fault("config", "the configuration of " + what + " is missing: " + why);
        }
    }

    /** As the catalogue calls it; a document that the gateway wrote has only what is called so there. */
    private static String version(Section workload, String kind, String name, Optional<String> version) {
        String entry = workload.find("catalog")
                .filter(Value::isMap)
                .flatMap(catalog -> Optional.ofNullable(catalog.entries().get(kind)))
                .map(called -> String.valueOf(called.value().content()))
                .orElse(name);
        return version.map(v -> "version " + v + " of ").orElse("") + kind + " " + entry;
    }
}
