package io.margay.deployer.internal;

import io.margay.model.Architecture;
import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.WorkloadSpec;
import io.margay.spi.WorkloadSpec.AssignedDevice;
import io.margay.spi.WorkloadSpec.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A workload as an edge instance wants it: what drivers and functions have in common, and a driver's devices.
 *
 * @param path where it stands in the document
 * @param place where it is to run or runs, by a {@link Placement}; as the document says, {@code auto} too, where that was
 *     not asked for
 */
record Parts(WorkloadId id, String path, Settings settings, List<AssignedDevice> devices, Isolation place) {
    /** All workloads of an edge instance, each in its place; functions first: what drivers report must find its function. */
    static Map<WorkloadId, Parts> of(EdgeInstance instance, Function<Parts, Isolation> places) {
        Map<WorkloadId, Parts> all = of(instance);
        all.replaceAll((id, parts) -> parts.in(places.apply(parts)));
        return all;
    }

    /** As above, with places not settled. */
    static Map<WorkloadId, Parts> of(EdgeInstance instance) {
        Map<WorkloadId, Parts> all = new LinkedHashMap<>();
        for (int i = 0; i < instance.functions().size(); i++) {
            EdgeInstance.Function function = instance.functions().get(i);
            WorkloadId id = WorkloadId.function(function.name());
            all.put(
                    id,
                    new Parts(
                            id,
                            "functions[" + i + "]",
                            new Settings.OfFunction(function),
                            List.of(),
                            function.isolation()));
        }
        for (int i = 0; i < instance.drivers().size(); i++) {
            EdgeInstance.Driver driver = instance.drivers().get(i);
            WorkloadId id = WorkloadId.driver(driver.name());
            List<AssignedDevice> devices = new ArrayList<>();
            for (EdgeInstance.Device device : instance.devicesOf(driver.name())) {
                instance.product(device.id().productKey())
                        .ifPresent(product -> devices.add(new AssignedDevice(device, product)));
            }
            all.put(
                    id,
                    new Parts(
                            id,
                            "drivers[" + i + "]",
                            new Settings.OfDriver(driver),
                            List.copyOf(devices),
                            driver.isolation()));
        }
        return all;
    }

    boolean isDriver() {
        return id.kind() == WorkloadId.Kind.DRIVER;
    }

    private EdgeInstance.Driver driver() {
        return ((Settings.OfDriver) settings).driver();
    }

    EdgeInstance.Function function() {
        return ((Settings.OfFunction) settings).function();
    }

    Code code() {
        return isDriver() ? driver().code() : function().code();
    }

    Language language() {
        return isDriver() ? driver().language() : function().language();
    }

    /** What C code is built for; empty for any other. */
    Optional<Architecture> architecture() {
        return isDriver() ? driver().architecture() : function().architecture();
    }

    Isolation isolation() {
        return isDriver() ? driver().isolation() : function().isolation();
    }

    Parts in(Isolation settled) {
        return new Parts(id, path, settings, devices, settled);
    }

    boolean contained() {
        return place == Isolation.CONTAINER;
    }

    Optional<Handover> handover() {
        return isDriver() ? driver().handover() : function().handover();
    }

    Optional<String> version() {
        return isDriver() ? driver().version() : function().version();
    }

    Configuration configuration() {
        return isDriver() ? driver().configuration() : function().configuration();
    }

    Map<String, String> environment() {
        return isDriver() ? driver().environment() : function().environment();
    }

    Optional<Integer> memory() {
        return isDriver() ? driver().memory() : function().memory();
    }

    /** The memory limit that it is to run with, its own or its version's; empty where the gateway's default holds. */
    Optional<Integer> limit() {
        return memory().or(() ->
                place == Isolation.BUNDLE ? Optional.empty() : defaults().memory());
    }

    Optional<ContainerSettings> container() {
        return isDriver() ? driver().container() : function().container();
    }

    /** With what of the host it runs in a container: its own settings, else its version's, else nothing. */
    ContainerSettings containerSettings() {
        return container().or(defaults()::container).orElse(ContainerSettings.NONE);
    }

    /** Where they stand in the document. */
    String containerPath() {
        return path + (container().isPresent() ? ".container" : ".defaults.container");
    }

    Defaults defaults() {
        return isDriver() ? driver().defaults() : function().defaults();
    }

    /** What is called; empty for a driver, whose file has a fixed name. */
    String handler() {
        return isDriver() ? "" : function().handler();
    }

    /** {@code driver modbus}, for messages. */
    String title() {
        return id.kind().word() + " " + id.name();
    }

    static Parts of(WorkloadSpec spec) {
        return new Parts(spec.id(), spec.id().toString(), spec.settings(), spec.devices(), spec.isolation());
    }
}
