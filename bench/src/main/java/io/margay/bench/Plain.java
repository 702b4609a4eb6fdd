package io.margay.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What somebody would give {@code docker run} to have a container as safe as the gateway's: the same image and user, read-only,
 * without capabilities, with the same limits, and one folder of the host.
 *
 * @param image by its id
 * @param folder of the host, which it sees as {@link #FOLDER}
 * @param port of the host, that leads to 8080 inside; 0 for none
 */
record Plain(String image, String user, List<String> line, Path folder, int port) {
    static final String FOLDER = "/bench";
    private static final String TEMPORARY = "rw,nosuid,nodev,size=64m,mode=1777";
    private static final String NO_MORE = "no-new-privileges:true";
    private static final int PROCESSES = 512;
    private static final long MEMORY = 512L * 1024 * 1024;

    /** As arguments of {@code docker run}. */
    List<String> arguments() {
        List<String> all = new ArrayList<>(List.of("--user", user, "--read-only", "--cap-drop", "ALL"));
        all.addAll(List.of("--security-opt", NO_MORE, "--pids-limit", Integer.toString(PROCESSES)));
        all.addAll(List.of("--memory", MEMORY + "b", "--memory-swap", MEMORY + "b"));
        all.addAll(List.of("--tmpfs", "/tmp:" + TEMPORARY));
        all.addAll(List.of("--mount", "type=bind,source=" + folder + ",target=" + FOLDER + ",readonly"));
        if (port > 0) {
            all.addAll(List.of("--publish", port + ":8080"));
        }
        all.add(image);
        all.addAll(line);
        return all;
    }

    /**
     * As the API takes it.
     *
     * @param goes whether it is removed when it ends
     */
    Map<String, Object> document(boolean goes) {
        Map<String, Object> host = new LinkedHashMap<>();
        host.put("NetworkMode", "bridge");
        host.put("ReadonlyRootfs", true);
        host.put("CapDrop", List.of("ALL"));
        host.put("SecurityOpt", List.of(NO_MORE));
        host.put("PidsLimit", PROCESSES);
        host.put("Memory", MEMORY);
        host.put("MemorySwap", MEMORY);
        host.put("Tmpfs", Map.of("/tmp", TEMPORARY));
        host.put(
                "Mounts",
                List.of(Map.of("Type", "bind", "Source", folder.toString(), "Target", FOLDER, "ReadOnly", true)));
        host.put("AutoRemove", goes);
        Map<String, Object> container = new LinkedHashMap<>();
        if (port > 0) {
            host.put("PortBindings", Map.of("8080/tcp", List.of(Map.of("HostPort", Integer.toString(port)))));
            container.put("ExposedPorts", Map.of("8080/tcp", Map.of()));
        }
        container.put("Image", image);
        container.put("User", user);
        container.put("Cmd", line);
        container.put("AttachStdout", true);
        container.put("HostConfig", host);
        return container;
    }
}
