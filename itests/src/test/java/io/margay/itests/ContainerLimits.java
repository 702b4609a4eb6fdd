package io.margay.itests;

import io.margay.model.WorkloadId.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The limits of container settings and of memory. */
final class ContainerLimits {
    private final LimitTable table;

    private ContainerLimits(LimitTable table) {
        this.table = table;
    }

    static void addTo(LimitTable table) {
        ContainerLimits limits = new ContainerLimits(table);
        limits.networkAndPorts();
        limits.hostDevices();
        limits.volumes();
        limits.memory();
    }

    private void networkAndPorts() {
        Map<String, Object> port = port(80, 8080, "tcp");
        container(
                "C1",
                "host network",
                Map.of("hostNetwork", true),
                Map.of("hostNetwork", "yes"),
                ".hostNetwork",
                "true or false");
        container(
                "C2",
                "not with the host's network",
                Map.of("hostNetwork", false, "ports", List.of(port)),
                Map.of("hostNetwork", true, "ports", List.of(port)),
                ".ports",
                "hostNetwork and ports exclude each other");
        IntFunction<Object> ports = i -> port(80, 20_001 + i, "tcp");
        container(
                "C2",
                "ports",
                list("ports", 10, ports),
                list("ports", 11, ports),
                ".ports",
                "11 mappings are more than 10");
        String range = " is no valid port: 1 to 65535";
        ports(
                "highest port of the container",
                port(65_535, 80, "tcp"),
                port(65_536, 80, "tcp"),
                ".container",
                "65536" + range);
        ports("lowest port of the container", port(1, 80, "tcp"), port(0, 80, "tcp"), ".container", "0" + range);
        ports("highest port of the host", port(80, 65_535, "tcp"), port(80, 65_536, "tcp"), ".host", "65536" + range);
        ports("lowest port of the host", port(80, 1, "tcp"), port(80, 0, "tcp"), ".host", "0" + range);
        ports("protocol tcp", port, port(80, 80, "TCP"), ".protocol", "none of tcp, udp");
        ports("protocol udp", port(80, 8080, "udp"), port(80, 80, "sctp"), ".protocol", "none of tcp, udp");
        container(
                "C2",
                "a host port once",
                Map.of("ports", List.of(port, port(80, 8080, "udp"))),
                Map.of("ports", List.of(port, port(81, 8080, "tcp"))),
                ".ports[1]",
                "host port 8080/tcp stands here twice");
    }

    private void hostDevices() {
        container(
                "C3",
                "privileged",
                Map.of("privileged", true),
                Map.of("privileged", 1),
                ".privileged",
                "true or false");
        List<Object> one = List.of(device("/dev/null", "ro"));
        container(
                "C4",
                "not privileged",
                Map.of("privileged", false, "devices", one),
                Map.of("privileged", true, "devices", one),
                ".devices",
                "privileged and devices exclude each other");
        IntFunction<Object> devices = i -> device("/dev/ttyS" + i, "rw");
        container(
                "C4",
                "devices",
                list("devices", 10, devices),
                list("devices", 11, devices),
                ".devices",
                "11 mappings are more than 10");
        String longest = "/dev/" + "d".repeat(123);
        devices("path", device(longest, "ro"), device(longest + "d", "ro"), ".path", "at most 128 characters");
        devices("below /dev", device("/dev/null", "ro"), device("/etc/null", "ro"), ".path", "a path below /dev/");
        devices("blank", device("/dev/a_b", "ro"), device("/dev/a b", "ro"), ".path", "no blanks");
        devices("part ..", device("/dev/..a", "ro"), device("/dev/../a", "ro"), ".path", "no part '.' or '..'");
        devices("read", device("/dev/null", "ro"), device("/dev/null", "r"), ".access", "none of ro, rw");
        devices("write", device("/dev/null", "rw"), device("/dev/null", "w"), ".access", "none of ro, rw");
        Map<String, Object> noted = new HashMap<>(device("/dev/null", "ro"));
        noted.put("note", "n".repeat(128));
        Map<String, Object> over = new HashMap<>(noted);
        over.put("note", "n".repeat(129));
        devices("note", noted, over, ".note", "1 to 128 characters");
        container(
                "C4",
                "a path once",
                list("devices", 2, devices),
                list("devices", 2, i -> device("/dev/null", "ro")),
                ".devices[1]",
                "device '/dev/null' stands here twice");
    }

    private void volumes() {
        IntFunction<Object> volumes = i -> volume("/tmp", "/tmp/" + i, "ro");
        container(
                "C5",
                "volumes",
                list("volumes", 10, volumes),
                list("volumes", 11, volumes),
                ".volumes",
                "11 mappings are more than 10");
        String longest = "/" + "d".repeat(127);
        volumes(
                "host",
                volume(longest, "/a", "ro"),
                volume(longest + "d", "/a", "ro"),
                ".host",
                "at most 128 characters");
        volumes("blank", volume("/a_b", "/a", "ro"), volume("/a b", "/a", "ro"), ".host", "no blanks");
        volumes("host, absolute", volume("/", "/a", "ro"), volume("a", "/a", "ro"), ".host", "absolute");
        volumes("container", volume("/", longest, "rw"), volume("/", longest + "d", "rw"), ".container", "at most 128");
        volumes("container, not /", volume("/", "/a", "rw"), volume("/", "/", "rw"), ".container", "absolute, not /");
        volumes(
                "container, not of the kernel",
                volume("/", "/device", "rw"),
                volume("/", "/dev/shm", "rw"),
                ".container",
                "not in /proc, /sys, /dev or /run/margay");
        volumes("access", volume("/", "/a", "rw"), volume("/", "/a", "rwx"), ".access", "none of ro, rw");
        container(
                "C5",
                "a path of the container once",
                list("volumes", 2, volumes),
                list("volumes", 2, i -> volume("/tmp", "/a", "ro")),
                ".volumes[1]",
                "container path '/a' stands here twice");
        for (Kind kind : Kind.values()) {
            Map<String, Object> at = Map.of("isolation", "container", "container", Map.of("privileged", true));
            Map<String, Object> over = Map.of("isolation", "process", "container", Map.of("privileged", true));
            table.inDocument(
                    "C7",
                    kind,
                    "only in a container",
                    at,
                    over,
                    "container",
                    "isolation process and container exclude each other");
        }
    }

    private void memory() {
        String range = "is no valid memory limit: 16MB to 1048576MB";
        table.everywhere(
                "C6", "least memory", Map.of("memory", "16MB"), Map.of("memory", "15MB"), "memory", "15MB " + range);
        table.everywhere(
                "C6",
                "most memory",
                Map.of("memory", "1048576MB"),
                Map.of("memory", "1048577MB"),
                "memory",
                "1048577MB " + range);
        table.everywhere(
                "C6",
                "most in GB",
                Map.of("memory", "1024GB"),
                Map.of("memory", "1025GB"),
                "memory",
                "1049600MB " + range);
        table.everywhere(
                "C6", "unit", Map.of("memory", "512MB"), Map.of("memory", "512"), "memory", "'512' is no size");
    }

    /** @param path after {@code container} */
    private void container(
            String promise, String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        table.everywhere(promise, what, Map.of("container", at), Map.of("container", over), "container" + path, words);
    }

    private void ports(String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        container("C2", what, Map.of("ports", List.of(at)), Map.of("ports", List.of(over)), ".ports[0]" + path, words);
    }

    private void devices(String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        container(
                "C4",
                what,
                Map.of("devices", List.of(at)),
                Map.of("devices", List.of(over)),
                ".devices[0]" + path,
                words);
    }

    private void volumes(String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        container(
                "C5",
                what,
                Map.of("volumes", List.of(at)),
                Map.of("volumes", List.of(over)),
                ".volumes[0]" + path,
                words);
    }

    private static Map<String, Object> port(int container, int host, String protocol) {
        return Map.of("container", container, "host", host, "protocol", protocol);
    }

    private static Map<String, Object> device(String path, String access) {
        return Map.of("path", path, "access", access);
    }

    private static Map<String, Object> volume(String host, String container, String access) {
        return Map.of("host", host, "container", container, "access", access);
    }

    private static Map<String, Object> list(String key, int size, IntFunction<Object> item) {
        return Map.of(key, IntStream.range(0, size).mapToObj(item).toList());
    }
}
