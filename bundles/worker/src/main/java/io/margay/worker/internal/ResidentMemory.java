package io.margay.worker.internal;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** How much memory a process takes, as Linux tells. Not thread-safe: all reads go through one buffer. */
final class ResidentMemory {
    private static final byte[] RESIDENT = bytes("\nVmRSS:");
    private static final byte[] SWAPPED = bytes("\nVmSwap:");
    private static final byte[] SHARE = bytes("\nPss:");
    private static final byte[] SWAPPED_SHARE = bytes("\nSwapPss:");
    private static final int KB = 1024;

    private final byte[] buffer = new byte[8 * KB];

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Bytes in memory and swapped out, with what it shares with others.
     *
     * @return 0 for a process that has ended, and for one without memory of its own
     */
    long of(long pid) {
        return sum("/proc/" + pid + "/status", RESIDENT, SWAPPED);
    }

    /**
     * Bytes in memory and swapped out, each page divided by the number of processes that share it. Takes the kernel far
     * longer than {@link #of}, as it looks at each page.
     *
     * @return as {@link #of} where the kernel does not tell (before Linux 4.14)
     */
    long shareOf(long pid) {
        long share = sum("/proc/" + pid + "/smaps_rollup", SHARE, SWAPPED_SHARE);
        return share == 0 ? of(pid) : share;
    }

    private long sum(String file, byte[] first, byte[] second) {
        int length = 0;
        try (FileInputStream in = new FileInputStream(file)) {
            int n = in.read(buffer);
            while (n > 0 && length + n < buffer.length) {
                length += n;
                n = in.read(buffer, length, buffer.length - length);
            }
        } catch (IOException e) {
            return 0; // it has ended
        }
        return (kilobytes(first, length) + kilobytes(second, length)) * KB;
    }

    private long kilobytes(byte[] name, int length) {
        for (int i = 0; i + name.length < length; i++) {
            if (buffer[i] == '\n' && matches(name, i)) {
                return number(i + name.length, length);
            }
        }
        return 0;
    }

    private boolean matches(byte[] name, int at) {
        for (int i = 0; i < name.length; i++) {
            if (buffer[at + i] != name[i]) {
                return false;
            }
        }
        return true;
    }

    private long number(int from, int length) {
        long number = 0;
        for (int i = from; i < length && buffer[i] != '\n'; i++) {
            if (buffer[i] >= '0' && buffer[i] <= '9') {
                number = number * 10 + (buffer[i] - '0');
            }
        }
        return number;
    }
}
