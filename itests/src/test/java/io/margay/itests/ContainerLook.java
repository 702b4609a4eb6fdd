package io.margay.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the engine and the kernel tell of containers. */
final class ContainerLook {
    private ContainerLook() {}

    /** The containers of a workload that run, as {@code docker inspect} tells. */
    static List<Map<String, Object>> of(TestEngine engine, String workload) throws Exception {
        List<Map<String, Object>> found = new ArrayList<>();
        for (Map<String, Object> each : engine.containers()) {
            Map<?, ?> labels = (Map<?, ?>) each.get("Labels");
            if (workload.equals(labels.get("io.margay.workload")) && "running".equals(each.get("State"))) {
                found.add(engine.inspect((String) each.get("Id")));
            }
        }
        return found;
    }

    /** Its limit, in megabytes. */
    static long memory(Map<String, Object> container) {
        return ((Number) ((Map<?, ?>) container.get("HostConfig")).get("Memory")).longValue() / (1024 * 1024);
    }

    /** The folder of its socket, on the host. */
    static Path socketFolder(Map<String, Object> container) {
        return ((List<?>) container.get("Mounts"))
                .stream()
                        .map(each -> (Map<?, ?>) each)
                        .filter(each -> "/run/margay".equals(each.get("Destination")))
                        .map(each -> Path.of((String) each.get("Source")))
                        .findFirst()
                        .orElseThrow();
    }

    /** Whether the kernel gives a process no time, by either version of its groups. */
    static boolean isFrozen(long process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process + "/cgroup"))) {
            String[] parts = line.split(":", 3);
            boolean first = parts[1].equals("freezer") && says("freezer" + parts[2] + "/freezer.state", "FROZEN");
            boolean second = parts[1].isEmpty() && says(parts[2].substring(1) + "/cgroup.freeze", "1");
            if (first || second) {
                return true;
            }
        }
        return false;
    }

    private static boolean says(String file, String text) throws IOException {
        Path path = Path.of("/sys/fs/cgroup").resolve(file);
        return Files.exists(path) && Files.readString(path).strip().equals(text);
    }

    /** Whether this machine has kept none from everyone, as some virtual machines do. */
    static boolean hasAllCapabilities() throws IOException {
        // As lines: a file of these gives all that it has to the first read, which is of one byte where its size is
        // unknown.
        int last = Integer.parseInt(
                Files.readAllLines(Path.of("/proc/sys/kernel/cap_last_cap")).get(0));
        return Long.bitCount(Long.parseUnsignedLong(hostStatus("CapBnd"), 16)) == last + 1;
    }

    /** What the kernel tells of this test's own process. */
    static String hostStatus(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    /** The names of device nodes right below {@code /dev}, but for the console, of which a container has its own or none. */
    static List<String> hostDevices() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/dev"))) {
            return all.filter(each ->
                            !Files.isSymbolicLink(each) && !Files.isDirectory(each) && !Files.isRegularFile(each))
                    .map(each -> each.getFileName().toString())
                    .filter(name -> !name.equals("console"))
                    .toList();
        }
    }

    /** A gateway leaves its images for its next start, and this one has none. */
    static void removeImages(TestEngine engine) throws Exception {
        for (Map<String, Object> image : engine.images()) {
            for (Object name : (List<?>) image.get("RepoTags")) {
                if (((String) name).startsWith("margay-")) {
                    TestEngine.curl("DELETE", "/images/" + name);
                }
            }
        }
    }
}
