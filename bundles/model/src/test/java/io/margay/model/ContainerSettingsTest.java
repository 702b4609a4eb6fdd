package io.margay.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.ContainerSettings.Access;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.ContainerSettings.Protocol;
import io.margay.model.ContainerSettings.VolumeMapping;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every limit: kept at the limit, told one over it with field and value. */
class ContainerSettingsTest {
    private static final String PATH_RULE =
            "at most 128 characters, no blanks, no part '.' or '..', no '//', no '/' at its end";

    static Stream<Arguments> settings() {
        String dev = "/dev/" + "x".repeat(123);
        String path = "/" + "x".repeat(127);
        return Stream.of(
                row(settings(true, List.of(), true, List.of(), List.of())),
                row(ports(port(1, 65_535))),
                row(ports(port(65_535, 1))),
                row(ports(port(0, 1)), "ports[0].container: 0 is no valid port: 1 to 65535"),
                row(ports(port(65_536, 1)), "ports[0].container: 65536 is no valid port: 1 to 65535"),
                row(ports(port(1, 0)), "ports[0].host: 0 is no valid port: 1 to 65535"),
                row(ports(port(1, 65_536)), "ports[0].host: 65536 is no valid port: 1 to 65535"),
                row(ports(many(10, PortMapping[]::new, i -> port(80, i + 1)))),
                row(ports(many(11, PortMapping[]::new, i -> port(80, i + 1))), "ports: 11 mappings are more than 10"),
                row(ports(port(1, 80), new PortMapping(1, 80, Protocol.UDP))),
                row(ports(port(1, 80), port(2, 80)), "ports[1]: host port 80/tcp stands here twice, first at ports[0]"),
                row(
                        settings(true, List.of(port(1, 1)), false, List.of(), List.of()),
                        "ports: hostNetwork and ports exclude each other: all ports of the host's network are its own"),
                row(devices(device(dev))),
                row(devices(device("/dev/x"))),
                row(devices(device(dev + "x")), deviceFault(dev + "x")),
                row(devices(device("/dev/")), deviceFault("/dev/")),
                row(devices(device("/devices")), deviceFault("/devices")),
                row(devices(device("/dev/../x")), deviceFault("/dev/../x")),
                row(devices(device("/dev/a b")), deviceFault("/dev/a b")),
                row(devices(note("n"))),
                row(devices(note("🐈".repeat(128)))),
                row(devices(note("")), "devices[0].note: '' is no valid note: 1 to 128 characters"),
                row(
                        devices(note("n".repeat(129))),
                        "devices[0].note: '" + "n".repeat(129) + "' is no valid note: 1 to 128 characters"),
                row(devices(many(10, DeviceMapping[]::new, i -> device("/dev/x" + i)))),
                row(
                        devices(many(11, DeviceMapping[]::new, i -> device("/dev/x" + i))),
                        "devices: 11 mappings are more than 10"),
                row(
                        devices(device("/dev/x"), device("/dev/x")),
                        "devices[1]: device '/dev/x' stands here twice, first at devices[0]"),
                row(
                        settings(false, List.of(), true, List.of(device("/dev/x")), List.of()),
                        "devices: privileged and devices exclude each other: a privileged container sees all devices"),
                row(volumes(volume("/", "/x"))),
                row(volumes(volume(path, path))),
                row(volumes(volume(path + "x", "/x")), hostFault(path + "x")),
                row(volumes(volume("", "/x")), hostFault("")),
                row(volumes(volume("x", "/x")), hostFault("x")),
                row(volumes(volume("/a\tb", "/x")), hostFault("/a\tb")),
                row(volumes(volume("/a/../b", "/x")), hostFault("/a/../b")),
                row(volumes(volume("/x", path + "x")), containerFault(path + "x")),
                row(volumes(volume("/x", "/")), containerFault("/")),
                row(volumes(volume("/x", "//")), containerFault("//")),
                row(volumes(volume("/x", "/.")), containerFault("/.")),
                row(volumes(volume("/x", "/x/")), containerFault("/x/")),
                row(volumes(volume("/x", "x")), containerFault("x")),
                row(volumes(volume("/dev/x", "/devices"), volume("/proc", "/a/proc"), volume("/x", "/system"))),
                row(volumes(volume("/x", "/proc")), containerFault("/proc")),
                row(volumes(volume("/x", "/sys/fs/cgroup")), containerFault("/sys/fs/cgroup")),
                row(volumes(volume("/x", "/run/margay")), containerFault("/run/margay")),
                row(volumes(volume("/x", "/dev/shm")), containerFault("/dev/shm")),
                row(volumes(volume("/x", "/" + "a/".repeat(1_000_000))), containerFault("/" + "a/".repeat(1_000_000))),
                row(volumes(many(10, VolumeMapping[]::new, i -> volume("/x", "/x" + i)))),
                row(
                        volumes(many(11, VolumeMapping[]::new, i -> volume("/x", "/x" + i))),
                        "volumes: 11 mappings are more than 10"),
                row(
                        volumes(volume("/a", "/x"), volume("/b", "/x")),
                        "volumes[1]: container path '/x' stands here twice, first at volumes[0]"));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void keepsEachLimit(ContainerSettings settings, List<String> faults) {
        assertThat(settings.faults()).extracting(Fault::toString).isEqualTo(faults);
    }

    private static Arguments row(ContainerSettings settings, String... faults) {
        return Arguments.of(settings, List.of(faults));
    }

    private static ContainerSettings settings(
            boolean hostNetwork,
            List<PortMapping> ports,
            boolean privileged,
            List<DeviceMapping> devices,
            List<VolumeMapping> volumes) {
        return new ContainerSettings(hostNetwork, ports, privileged, devices, volumes);
    }

    private static ContainerSettings ports(PortMapping... ports) {
        return settings(false, List.of(ports), false, List.of(), List.of());
    }

    private static ContainerSettings devices(DeviceMapping... devices) {
        return settings(false, List.of(), false, List.of(devices), List.of());
    }

    private static ContainerSettings volumes(VolumeMapping... volumes) {
        return settings(false, List.of(), false, List.of(), List.of(volumes));
    }

    private static <T> T[] many(int size, IntFunction<T[]> array, IntFunction<T> item) {
        return IntStream.range(0, size).mapToObj(item).toArray(array);
    }

    private static PortMapping port(int container, int host) {
        return new PortMapping(container, host, Protocol.TCP);
    }

    private static DeviceMapping device(String path) {
        return new DeviceMapping(path, Access.RO, Optional.empty());
    }

    private static DeviceMapping note(String note) {
        return new DeviceMapping("/dev/x", Access.RW, Optional.of(note));
    }

    private static VolumeMapping volume(String host, String container) {
        return new VolumeMapping(host, container, Access.RO);
    }

    private static String deviceFault(String path) {
        return "devices[0].path: '" + path + "' is no valid device path: a path below /dev/, " + PATH_RULE;
    }

    private static String hostFault(String path) {
        return "volumes[0].host: '" + path + "' is no valid path on the host: absolute, " + PATH_RULE;
    }

    private static String containerFault(String path) {
        return "volumes[0].container: '" + path
                + "' is no valid path in a container: absolute, not /, not in /proc, /sys, /dev or /run/margay, "
                + PATH_RULE;
    }
}
