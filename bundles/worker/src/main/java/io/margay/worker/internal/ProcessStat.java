package io.margay.worker.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What /proc/PID/stat says of a process (Linux).
 *
 * @param state one letter
 * @param parent who is told of its end; 1 or another reaper where its own parent has ended
 * @param session the id of the process that began its session
 * @param ticks of a clock that processors have worked for it and its children that have ended
 * @param start clock ticks since the machine's start
 */
record ProcessStat(long pid, String state, long parent, long session, boolean ofKernel, long ticks, String start) {
    private static final int KERNEL_THREAD = 0x0020_0000;

    /** Null when there is no such process, or none any more. */
    static ProcessStat of(long pid) {
        try {
            String text =
                    new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
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

    boolean lives() {
        return !state.equals("Z") && !state.equals("X");
    }
}
