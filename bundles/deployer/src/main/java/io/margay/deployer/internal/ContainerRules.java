package io.margay.deployer.internal;

import io.margay.deployer.Plan.Finding;
import io.margay.deployer.Plan.Severity;
import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.ContainerSettings.VolumeMapping;
import io.margay.model.Fault;
import io.margay.model.Handover;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a workload may have of the host in a container, and what follows from what it has. */
final class ContainerRules {
    private static final String CONSENT = "; who runs the gateway allows it with margay.container.";

    private ContainerRules() {}

    /** All that is refused; empty where nothing is, or where it does not run in a container. */
    static List<Fault> faults(Parts workload, Engine.View engine) {
        List<Fault> faults = new ArrayList<>();
        if (workload.contained()) {
            once(workload, faults);
            // Without an engine nobody can say what its gateway allows.
            if (engine.engine().isPresent()) {
                consent(workload, engine, faults);
            }
            volumes(workload, engine, faults);
        }
        return faults;
    }

    /** A host port can be bound once: by one instance, and not by two generations at a time. */
    private static void once(Parts workload, List<Fault> faults) {
        ContainerSettings settings = workload.containerSettings();
        if (!settings.ports().isEmpty()
                && workload.handover().filter(Handover.OVERLAP::equals).isPresent()) {
            faults.add(new Fault(
                    workload.path() + ".handover",
                    "with overlap the old and the new one would both map " + ports(settings)
                            + ", which one alone can hold; use exclusive, or leave handover out"));
        }
        if (!workload.isDriver() && workload.function().instances() > 1 && onHost(settings)) {
            faults.add(new Fault(
                    workload.path() + ".instances",
                    "instances can't share "
                            + (settings.hostNetwork() ? "the ports of the host's network" : ports(settings))
                            + ", which one alone can hold; use 1 instance with a higher concurrency, or leave out "
                            + (settings.hostNetwork() ? "hostNetwork" : "ports")));
        }
    }

    /** Whether it holds ports of the host, so that another generation of it can't run beside it. */
    static boolean onHost(Parts workload) {
        return workload.contained() && onHost(workload.containerSettings());
    }

    private static boolean onHost(ContainerSettings settings) {
        return settings.hostNetwork() || !settings.ports().isEmpty();
    }

    private static String ports(ContainerSettings settings) {
        return ports(settings.ports());
    }

    private static String ports(List<PortMapping> ports) {
        return ports.stream()
                .map(port -> port.host() + "/" + port.protocol().word())
                .collect(Collectors.joining(", ", ports.size() == 1 ? "host port " : "host ports ", ""));
    }

    /**
     * That a host port does not answer while it is handed over; calls wait, but its clients do not.
     *
     * @param before null where it is new
     */
    static Optional<Finding> gap(Parts before, Parts after) {
        if (before == null || !before.contained() || !after.contained()) {
            return Optional.empty();
        }
        List<PortMapping> kept = after.containerSettings().ports().stream()
                .filter(port -> before.containerSettings().ports().stream()
                        .anyMatch(old -> old.host() == port.host() && old.protocol() == port.protocol()))
                .toList();
        return kept.isEmpty()
                ? Optional.empty()
                : Optional.of(warning(
                        after,
                        "ports",
                        ports(kept)
                                + " does not answer from the old one's end until the new one is up, for about half a"
                                + " second"));
    }

    private static void consent(Parts workload, Engine.View engine, List<Fault> faults) {
        ContainerSettings settings = workload.containerSettings();
        if (settings.privileged() && !engine.allowsPrivileged()) {
            faults.add(new Fault(
                    workload.containerPath() + ".privileged",
                    "this gateway allows no privileged containers" + CONSENT + "privileged=allow"));
        }
        if (!settings.devices().isEmpty() && !engine.allowsDevices()) {
            faults.add(new Fault(
                    workload.containerPath() + ".devices",
                    "this gateway allows no devices of the host in containers" + CONSENT + "devices=allow"));
        }
    }

    private static void volumes(Parts workload, Engine.View engine, List<Fault> faults) {
        List<VolumeMapping> volumes = workload.containerSettings().volumes();
        for (int i = 0; i < volumes.size(); i++) {
            String path = workload.containerPath() + ".volumes[" + i + "].host";
            engine.refusal(volumes.get(i).host()).ifPresent(why -> faults.add(new Fault(path, why)));
        }
    }

    /** What is allowed and should be known. */
    static List<Finding> warnings(Parts workload, Engine.View engine) {
        List<Finding> findings = new ArrayList<>();
        ContainerSettings settings = workload.containerSettings();
        if (workload.contained() && settings.privileged() && engine.allowsPrivileged()) {
            findings.add(warning(
                    workload, "privileged", "root in this container is root on this host, and it has all devices"));
        }
        if (workload.contained() && !settings.devices().isEmpty() && engine.allowsDevices()) {
            findings.add(warning(
                    workload,
                    "devices",
                    "this container has " + devices(settings)
                            + " of this host: root in it is root on this host as far as they go"));
        }
        return findings;
    }

    private static String devices(ContainerSettings settings) {
        return settings.devices().stream().map(DeviceMapping::path).collect(Collectors.joining(", "));
    }

    private static Finding warning(Parts workload, String key, String message) {
        return new Finding(
                Severity.WARNING, workload.title(), new Fault(workload.containerPath() + "." + key, message));
    }
}
