package io.margay.worker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What /proc/PID/stat says of a process (Linux).
 *
 * @param pid its number
 * @param state one letter
 * @param parent who is told of its end; 1 or another reaper where its own parent has ended
 * @param session the id of the process that began its session
 * @param ofKernel whether it is a thread of the kernel
 * @param ticks of a clock that processors have worked for it and its children that have ended
 * @param start clock ticks since the machine's start
 */
public record ProcessStat(
        long pid, String state, long parent, long session, boolean ofKernel, long ticks, String start) {
    private static final int KERNEL_THREAD = 0x0020_0000;

    /** Null when there is no such process, or none any more. */
    public static ProcessStat of(long pid) {
        return of(Path.of("/proc"), pid);
    }

    /**
     * @param proc where the system shows its processes
     * @return null when there is no such process, or none any more
     */
    public static ProcessStat of(Path proc, long pid) {
        try {
            byte[] bytes = Files.readAllBytes(proc.resolve(pid + "/stat"));
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            // The name in parentheses may hold anything.
            String[] rest = text.substring(text.lastIndexOf(')') + 2).split(" ");
            boolean ofKernel = (Long.parseLong(rest[6]) & KERNEL_THREAD) != 0;
            long ticks = 0;
            for (int i = 11; i <= 14; i++) {
                ticks += Long.parseLong(rest[i]);
            }
            return new ProcessStat(
                    pid, rest[0], Long.parseLong(rest[1]), Long.parseLong(rest[3]), ofKernel, ticks, rest[19]);
        } catch (IOException | IndexOutOfBoundsException e) {
            return null;
        }
    }

    /** Whether it has not ended, be it that nobody has asked yet how. */
    public boolean lives() {
        return !state.equals("Z") && !state.equals("X");
    }
}
