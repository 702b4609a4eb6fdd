package io.margay.deployer.internal;

import io.margay.deployer.Plan.Finding;
import io.margay.deployer.Plan.Severity;
import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.Fault;
import io.margay.model.WorkloadId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What containers ask of the host and it does not have: ports that are free, devices, files and folders. */
final class HostFindings {
    private final Host host;
    private final Set<WorkloadId> changed;
    private final List<Finding> findings = new ArrayList<>();

    private HostFindings(Host host, Set<WorkloadId> changed) {
        this.host = host;
        this.changed = changed;
    }

    /**
     * @param before the workloads that run
     * @param after those that are wanted
     * @param changed those of them that change: a device that is unplugged must not keep people from deploying something else
     */
    static List<Finding> of(Host host, Collection<Parts> before, Collection<Parts> after, Set<WorkloadId> changed) {
        HostFindings all = new HostFindings(host, changed);
        List<Parts> contained = after.stream().filter(Parts::contained).toList();
        all.ports(before, contained);
        for (Parts workload : contained) {
            if (changed.contains(workload.id())) {
                all.paths(workload, workload.containerSettings());
            }
        }
        return all.findings;
    }

    private void ports(Collection<Parts> current, Collection<Parts> wanted) {
        Set<String> ours = new HashSet<>();
        // Also those of what runs as a process for now: it listens there itself.
        for (Parts workload : current) {
            workload.containerSettings().ports().forEach(port -> ours.add(name(port)));
        }
        Map<String, Parts> taken = new HashMap<>();
        Map<String, String> inUse = null;
        for (Parts workload : wanted) {
            List<PortMapping> ports = workload.containerSettings().ports();
            boolean isChanged = changed.contains(workload.id());
            for (int i = 0; i < ports.size(); i++) {
                String name = name(ports.get(i));
                String path = "ports[" + i + "].host";
                Parts other = taken.putIfAbsent(name, workload);
                if (other != null) {
                    error(
                            workload,
                            path,
                            "host port " + name + " is that of " + other.title()
                                    + " too; give one of the two another port");
                    continue;
                }
                // One that a workload of this gateway holds is handed over.
                if (!isChanged || ours.contains(name)) {
                    continue;
                }
                inUse = inUse == null ? host.ports().inUse() : inUse;
                if (inUse.containsKey(name)) {
                    error(
                            workload,
                            path,
                            "host port " + name + " is in use on this host (" + inUse.get(name)
                                    + "); choose another one, or stop what listens there");
                }
            }
        }
    }

    private static String name(PortMapping port) {
        return port.host() + "/" + port.protocol().word();
    }

    private void paths(Parts workload, ContainerSettings settings) {
        for (int i = 0; i < settings.devices().size(); i++) {
            String device = settings.devices().get(i).path();
            if (!Files.exists(Path.of(device))) {
                error(
                        workload,
                        "devices[" + i + "].path",
                        "this host has no device " + device + "; is it plugged in, and is that its path?");
            }
        }
        for (int i = 0; i < settings.volumes().size(); i++) {
            String volume = settings.volumes().get(i).host();
            if (!Files.exists(Path.of(volume))) {
                error(
                        workload,
                        "volumes[" + i + "].host",
                        "there is no file or folder " + volume + " on this host; make it first");
            }
        }
    }

    private void error(Parts workload, String path, String message) {
        findings.add(new Finding(
                Severity.ERROR, workload.title(), new Fault(workload.containerPath() + "." + path, message)));
    }
}
