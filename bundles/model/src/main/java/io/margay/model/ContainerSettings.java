package io.margay.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How a driver or function is to run in a container. Its memory limit is the workload's own, since it holds elsewhere too.
 *
 * @param hostNetwork uses the host's network, where there are no ports to map
 * @param ports at most {@link Limits#MAX_MAPPINGS}
 * @param privileged sees all of the host's devices, so that none is to be mapped
 * @param devices at most {@link Limits#MAX_MAPPINGS}
 * @param volumes at most {@link Limits#MAX_MAPPINGS}
 */
public record ContainerSettings(
        boolean hostNetwork,
        List<PortMapping> ports,
        boolean privileged,
        List<DeviceMapping> devices,
        List<VolumeMapping> volumes) {

    /** With nothing of the host. */
    public static final ContainerSettings NONE = new ContainerSettings(false, List.of(), false, List.of(), List.of());

    public ContainerSettings {
        ports = List.copyOf(ports);
        devices = List.copyOf(devices);
        volumes = List.copyOf(volumes);
    }

    /** What a port carries. */
    public enum Protocol implements Word {
        TCP,
        UDP;
    }

    /** What the container may do with what is mapped: read, or read and write. */
    public enum Access implements Word {
        RO,
        RW;
    }

    /** Brings a port of the container to one of the host. */
    public record PortMapping(int container, int host, Protocol protocol) {}

    /**
     * A device of the host that the container sees under the same path.
     *
     * @param note what people wrote beside it
     */
    public record DeviceMapping(String path, Access access, Optional<String> note) {}

    /** A file or folder of the host that the container sees under its own path. */
    public record VolumeMapping(String host, String container, Access access) {}

    /** All that is wrong with these settings, with paths such as {@code ports[2].host}; empty where nothing is. */
    public List<Fault> faults() {
        Checks checks = new Checks();
        checks.count("ports", ports);
        if (hostNetwork && !ports.isEmpty()) {
            checks.fault(
                    "ports", "hostNetwork and ports exclude each other: all ports of the host's network are its own");
        }
        checks.count("devices", devices);
        if (privileged && !devices.isEmpty()) {
            checks.fault(
                    "devices", "privileged and devices exclude each other: a privileged container sees all devices");
        }
        checks.count("volumes", volumes);
        for (int i = 0; i < ports.size(); i++) {
            PortMapping port = ports.get(i);
            String path = "ports[" + i + "]";
            checks.limit(path + ".container", () -> Limits.port(port.container()));
            checks.limit(path + ".host", () -> Limits.port(port.host()));
            checks.once(path, "host port " + port.host() + "/" + port.protocol().word());
        }
        for (int i = 0; i < devices.size(); i++) {
            DeviceMapping device = devices.get(i);
            String path = "devices[" + i + "]";
            checks.limit(path + ".path", () -> Limits.devicePath(device.path()));
            device.note().ifPresent(note -> checks.limit(path + ".note", () -> Limits.note(note)));
            checks.once(path, "device '" + device.path() + "'");
        }
        for (int i = 0; i < volumes.size(); i++) {
            VolumeMapping volume = volumes.get(i);
            String path = "volumes[" + i + "]";
            checks.limit(path + ".host", () -> Limits.hostPath(volume.host()));
            checks.limit(path + ".container", () -> Limits.containerPath(volume.container()));
            checks.once(path, "container path '" + volume.container() + "'");
        }
        return List.copyOf(checks.faults);
    }

    /** As a document has them, always in one order. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("hostNetwork", hostNetwork);
        put(
                document,
                "ports",
                ports,
                port -> map(
                        "container",
                        port.container(),
                        "host",
                        port.host(),
                        "protocol",
                        port.protocol().word()));
        document.put("privileged", privileged);
        put(document, "devices", devices, device -> {
            Map<String, Object> map =
                    map("path", device.path(), "access", device.access().word());
            device.note().ifPresent(note -> map.put("note", note));
            return map;
        });
        put(
                document,
                "volumes",
                volumes,
                volume -> map(
                        "host",
                        volume.host(),
                        "container",
                        volume.container(),
                        "access",
                        volume.access().word()));
        return document;
    }

    private static <T> void put(
            Map<String, Object> document, String key, List<T> mappings, Function<T, Map<String, Object>> item) {
        if (!mappings.isEmpty()) {
            document.put(key, mappings.stream().map(item).toList());
        }
    }

    private static Map<String, Object> map(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static final class Checks {
        private final List<Fault> faults = new ArrayList<>();
        private final Map<String, String> seen = new HashMap<>();

        void fault(String path, String message) {
            faults.add(new Fault(path, message));
        }

        void count(String path, List<?> mappings) {
            if (mappings.size() > Limits.MAX_MAPPINGS) {
                fault(path, mappings.size() + " mappings are more than " + Limits.MAX_MAPPINGS);
            }
        }

        void limit(String path, Runnable limit) {
            try {
                limit.run();
            } catch (IllegalArgumentException e) {
                fault(path, e.getMessage());
            }
        }

        void once(String path, String what) {
            String first = seen.putIfAbsent(what, path);
            if (first != null) {
                fault(path, what + " stands here twice, first at " + first);
            }
        }
    }
}
