package io.margay.worker.internal;

import io.margay.worker.MemoryLimit;
import io.margay.worker.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes cgroups in one that is the gateway's. What root may write to is not therefore its own: the manager of the system
 * (systemd) must have given it away, or somebody must have named it. Thread-safe.
 */
final class MemoryGroups {
    static final String OFF = "off";

    private static final Logger LOG = LoggerFactory.getLogger(MemoryGroups.class);
    private static final String WORKER = "margay-worker-";
    private static final String GATEWAY = "margay-gateway";
    private static final String CONTROL = "cgroup.subtree_control";
    private static final long OWN = ProcessHandle.current().pid();
    private static final String OWNER = "unix:uid";
    private static final int ROOT = 0;

    private final MemoryGroup.Version version;
    private final Path parent;
    private boolean failed;

    private MemoryGroups(MemoryGroup.Version version, Path parent) {
        this.version = version;
        this.parent = parent;
    }

    /**
     * Looks where groups may be made, and removes what an earlier run of the gateway left there.
     *
     * @param setting {@link Settings#AUTO}, {@link #OFF}, or a cgroup's folder, which is made where it is not there
     * @param proc /proc/self
     * @return empty where none may be made: then memory is watched only
     */
    static Optional<MemoryGroups> find(String setting, Path proc) {
        if (setting.equals(OFF)) {
            return Optional.empty();
        }
        if (!setting.equals(Settings.AUTO)) {
            Optional<MemoryGroups> named = named(Path.of(setting));
            if (named.isEmpty()) {
                LOG.warn(
                        "margay.cgroup: {} is no cgroup with a memory controller in which groups can be made; the memory"
                                + " of workers is watched only",
                        setting);
            }
            return named;
        }
        return OwnGroups.of(proc).stream()
                .filter(own -> isGiven(own.folder()))
                .flatMap(own -> in(own.version(), own.folder()).stream())
                .findFirst();
    }

    private static Optional<MemoryGroups> named(Path folder) {
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(folder);
            }
        } catch (IOException e) {
            LOG.warn("margay.cgroup: {}", e.toString());
            return Optional.empty();
        }
        return in(
                Files.exists(folder.resolve("cgroup.controllers")) ? MemoryGroup.Version.V2 : MemoryGroup.Version.V1,
                folder);
    }

    /** Whether it was given to the gateway: it is marked so, or it alone was made the property of the gateway's user. */
    private static boolean isGiven(Path folder) {
        if (!Files.isWritable(folder) || !Files.isWritable(folder.resolve("cgroup.procs"))) {
            return false;
        }
        try {
            Object owner = Files.getAttribute(folder, OWNER);
            return isDelegated(folder)
                    || (!owner.equals(ROOT)
                            && owner.equals(Files.getAttribute(Path.of("/proc/self"), OWNER))
                            && !owner.equals(Files.getAttribute(folder.resolve(".."), OWNER)));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false; // the system has no such attributes
        }
    }

    /** Whether systemd marked it as given away ({@code Delegate=yes}). */
    private static boolean isDelegated(Path folder) throws IOException {
        UserDefinedFileAttributeView marks = Files.getFileAttributeView(folder, UserDefinedFileAttributeView.class);
        if (marks == null || !marks.list().contains("delegate")) {
            return false;
        }
        ByteBuffer value = ByteBuffer.allocate(marks.size("delegate"));
        marks.read("delegate", value);
        return StandardCharsets.US_ASCII.decode(value.flip()).toString().equals("1");
    }

    private static Optional<MemoryGroups> in(MemoryGroup.Version version, Path parent) {
        removeLeftovers(parent);
        try {
            if (version == MemoryGroup.Version.V2) {
                enable(parent);
            } else if (!Files.exists(parent.resolve("memory.limit_in_bytes"))) {
                return Optional.empty();
            }
        } catch (IOException e) {
            LOG.info("No groups can be made in {}: {}", parent, e.toString());
            return Optional.empty();
        }
        LOG.info("The memory of workers is limited by groups in {}", parent);
        return Optional.of(new MemoryGroups(version, parent));
    }

    /** Lets the groups below have memory limits, for which the one above must hold no process itself (version 2). */
    private static void enable(Path parent) throws IOException {
        if (!words(parent, "cgroup.controllers").contains("memory")) {
            throw new IOException("it has no memory controller");
        } else if (words(parent, CONTROL).contains("memory")) {
            return;
        }
        boolean within = words(parent, "cgroup.procs").contains(Long.toString(OWN));
        Path own = parent.resolve(GATEWAY);
        if (within) {
            if (!Files.isDirectory(own)) {
                Files.createDirectory(own);
            }
            MemoryGroup.write(own, "cgroup.procs", Long.toString(OWN));
        }
        try {
            MemoryGroup.write(parent, CONTROL, "+memory");
        } catch (IOException e) {
            if (within) { // others are in it too
                MemoryGroup.write(parent, "cgroup.procs", Long.toString(OWN));
                MemoryGroup.remove(own);
            }
            throw e;
        }
    }

    private static List<String> words(Path folder, String file) throws IOException {
        return List.of(Files.readString(folder.resolve(file)).strip().split("\\s+"));
    }

    /** The kernel removes no group that holds a process: another gateway's that are in use stay. */
    private static void removeLeftovers(Path parent) {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, WORKER + "*")) {
            for (Path each : left) {
                if (!MemoryGroup.remove(each)) {
                    LOG.info("The group {} is in use and stays", each);
                }
            }
        } catch (IOException e) {
            LOG.warn("The groups in {} can't be listed: {}", parent, e.toString());
        }
    }

    /**
     * Makes a group for a worker.
     *
     * @param number the worker's, of this run of the gateway
     * @return empty where the system does not let it be made, which is logged once
     */
    synchronized Optional<MemoryGroup> make(long number, MemoryLimit limit) {
        try {
            return Optional.of(MemoryGroup.make(version, parent.resolve(WORKER + OWN + "-" + number), limit));
        } catch (IOException e) {
            if (!failed) {
                LOG.warn("No group can be made in {}; memory is watched only: {}", parent, e.toString());
            }
            failed = true;
            return Optional.empty();
        }
    }
}
