package io.margay.worker.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the folders of the cgroups in which the gateway itself is and which may have a memory controller. */
final class OwnGroups {
    /** A cgroup of the gateway. */
    record Own(MemoryGroup.Version version, Path folder) {}

    private OwnGroups() {}

    /** @param proc /proc/self; empty where the system has no cgroups, or does not show them */
    static List<Own> of(Path proc) {
        List<Own> found = new ArrayList<>();
        try {
            List<String> mounts = Files.readAllLines(proc.resolve("mountinfo"));
            for (String line : Files.readAllLines(proc.resolve("cgroup"))) {
                // hierarchy:controllers:path; version 2 has no controllers here
                String[] parts = line.split(":", 3);
                if (parts.length == 3 && parts[1].isEmpty()) {
                    folder(mounts, "cgroup2", "", parts[2])
                            .ifPresent(folder -> found.add(new Own(MemoryGroup.Version.V2, folder)));
                } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
                    folder(mounts, "cgroup", "memory", parts[2])
                            .ifPresent(folder -> found.add(new Own(MemoryGroup.Version.V1, folder)));
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return found;
    }

    /** Where a group is, below the mount of its hierarchy. */
    private static Optional<Path> folder(List<String> mounts, String type, String controller, String group) {
        for (String mount : mounts) {
            // id parent device root mount-point options … - type source options
            String[] sides = mount.split(" - ", 2);
            String[] first = sides[0].split(" ");
            String[] second = sides.length == 2 ? sides[1].split(" ") : new String[0];
            if (second.length < 3
                    || first.length < 5
                    || !second[0].equals(type)
                    || !(controller.isEmpty() || List.of(second[2].split(",")).contains(controller))) {
                continue;
            }
            String root = first[3].equals("/") ? "" : first[3];
            if ((group + "/").startsWith(root + "/")) {
                Path folder = Path.of(first[4] + group.substring(root.length())).normalize();
                if (Files.isDirectory(folder)) {
                    return Optional.of(folder);
                }
            }
        }
        return Optional.empty();
    }
}
