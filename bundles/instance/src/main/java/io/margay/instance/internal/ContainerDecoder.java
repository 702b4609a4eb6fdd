package io.margay.instance.internal;

import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.Access;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.ContainerSettings.Protocol;
import io.margay.model.ContainerSettings.VolumeMapping;
import io.margay.model.Fault;
import io.margay.model.Isolation;
import java.util.List;
import java.util.Optional;

/** Reads the container settings of a driver or function. */
final class ContainerDecoder {
    private ContainerDecoder() {}

    static Optional<ContainerSettings> container(Section workload, Isolation isolation) {
        Optional<Value> found = workload.find("container");
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Section container = new Section(
                workload.faults(),
                workload.at("container"),
                found.get(),
                "hostNetwork",
                "ports",
                "privileged",
                "devices",
                "volumes");
        ContainerSettings settings = new ContainerSettings(
                container.flag("hostNetwork"),
                container.list("ports", (path, value) -> port(container.faults(), path, value)),
                container.flag("privileged"),
                container.list("devices", (path, value) -> device(container.faults(), path, value)),
                container.list("volumes", (path, value) -> volume(container.faults(), path, value)));
        note(container, found.get(), settings.faults());
        if (isolation == Isolation.BUNDLE || isolation == Isolation.PROCESS) {
            container.fault("isolation " + isolation.word()
                    + " and container exclude each other: leave container out, or use isolation auto or container");
        }
        return Optional.of(settings);
    }

    /** Notes what is wrong with values; not with those that stand in for what is missing or of another type. */
    private static void note(Section container, Value settings, List<Fault> wrong) {
        List<Fault> own = wrong.stream()
                .filter(fault -> Places.find(settings, fault.path()).exact())
                .filter(fault -> !container.faults().within(container.at(fault.path())))
                .toList();
        for (Fault fault : own) {
            Value at = Places.find(settings, fault.path()).value();
            container.faults().add(container.at(fault.path()), at, fault.message());
        }
    }

    private static PortMapping port(Faults faults, String path, Value value) {
        Section port = new Section(faults, path, value, "container", "host", "protocol");
        return new PortMapping(
                port.requiredNumber("container"),
                port.requiredNumber("host"),
                port.requiredWord("protocol", Protocol.class, Protocol.TCP));
    }

    private static DeviceMapping device(Faults faults, String path, Value value) {
        Section device = new Section(faults, path, value, "path", "access", "note");
        return new DeviceMapping(
                device.required("path"), device.requiredWord("access", Access.class, Access.RO), device.text("note"));
    }

    private static VolumeMapping volume(Faults faults, String path, Value value) {
        Section volume = new Section(faults, path, value, "host", "container", "access");
        return new VolumeMapping(
                volume.required("host"),
                volume.required("container"),
                volume.requiredWord("access", Access.class, Access.RO));
    }
}
