package io.margay.container.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The first process of a container, as the host has it. A number alone is no name: when the process is gone, another one may get
 * it, so the time of its start is looked at too. One that can't be seen from here, as of another namespace, never has ended.
 *
 * @param stat the kernel's file about it
 * @param start in the kernel's ticks since the boot; empty where it can't be seen from here
 */
record HostProcess(long number, Path stat, String start) {
    /** Which field of the file it is after the name, which alone may have blanks in it. */
    private static final int START = 19;

    /** @param container its id, which must be in the names of the process's groups */
    static HostProcess of(long number, String container) {
        return of(Path.of("/proc"), number, container);
    }

    static HostProcess of(Path proc, long number, String container) {
        Path folder = proc.resolve(Long.toString(number));
        Path stat = folder.resolve("stat");
        try {
            boolean its = Files.readString(folder.resolve("cgroup")).contains(container);
            return new HostProcess(number, stat, its ? fields(stat)[START] : "");
        } catch (IOException e) {
            return new HostProcess(number, stat, "");
        }
    }

    private static String[] fields(Path stat) throws IOException {
        String text = Files.readString(stat);
        return text.substring(text.lastIndexOf(')') + 2).split(" ");
    }

    /** Whether it has surely ended, be it that nobody has asked yet how. */
    boolean hasEnded() {
        if (start.isEmpty()) {
            return false;
        }
        try {
            String[] now = fields(stat);
            return now[0].equals("Z") || !now[START].equals(start);
        } catch (IOException e) {
            return true;
        }
    }

    /** Empty where it is surely not this one. */
    Optional<ProcessHandle> handle() {
        return start.isEmpty() || hasEnded() ? Optional.empty() : ProcessHandle.of(number);
    }
}
