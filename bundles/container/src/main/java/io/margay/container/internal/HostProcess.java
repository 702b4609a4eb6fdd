package io.margay.container.internal;

import io.margay.worker.ProcessStat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The first process of a container, as the host has it. A number alone is no name: when the process is gone, another one may get
 * it, so the time of its start is looked at too. One that can't be seen from here, as of another namespace, never has ended.
 *
 * @param proc where the system shows its processes
 * @param start in the kernel's ticks since the boot; empty where it can't be seen from here
 */
record HostProcess(Path proc, long number, String start) {
    /** @param container its id, which must be in the names of the process's groups */
    static HostProcess of(long number, String container) {
        return of(Path.of("/proc"), number, container);
    }

    static HostProcess of(Path proc, long number, String container) {
        ProcessStat stat = ProcessStat.of(proc, number);
        boolean its = stat != null && groups(proc, number).contains(container);
        return new HostProcess(proc, number, its ? stat.start() : "");
    }

    private static String groups(Path proc, long number) {
        try {
            return Files.readString(proc.resolve(number + "/cgroup"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** Whether it has surely ended, be it that nobody has asked yet how. */
    boolean hasEnded() {
        if (start.isEmpty()) {
            return false;
        }
        ProcessStat now = ProcessStat.of(proc, number);
        return now == null || !now.lives() || !now.start().equals(start);
    }

    /** Empty where it is surely not this one. */
    Optional<ProcessHandle> handle() {
        return start.isEmpty() || hasEnded() ? Optional.empty() : ProcessHandle.of(number);
    }
}
