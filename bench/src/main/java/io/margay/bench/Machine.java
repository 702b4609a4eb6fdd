package io.margay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** What else the machine does: its load, and in a virtual one the time that its host gave to others, from which figures suffer. */
final class Machine {
    private static final int STOLEN = 7;

    private long[] since;

    /** Tells the load before all. */
    Machine() throws IOException {
        System.out.println("Load of the machine before: " + load());
        since = times();
    }

    /** Tells how it was since it was asked last. */
    void tell(String part) throws IOException {
        long[] now = times();
        double share = 100.0 * (now[STOLEN] - since[STOLEN]) / (sum(now) - sum(since));
        since = now;
        System.out.printf(
                Locale.ROOT,
                "Load of the machine after %s: %s, taken by other guests of its host: %.1f %% of the time of its processors%n",
                part,
                load(),
                share);
    }

    /** What the system says of the last 1, 5 and 15 minutes. */
    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).replaceFirst("( \\S+){2}\\s*$", "");
    }

    /** User, nice, system, idle, wait, interrupts of two kinds, stolen; what guests of its own had is in the first two. */
    private static long[] times() throws IOException {
        String all = Files.readAllLines(Path.of("/proc/stat")).get(0);
        return Arrays.stream(all.split(" +"))
                .skip(1)
                .limit(STOLEN + 1)
                .mapToLong(Long::parseLong)
                .toArray();
    }

    private static long sum(long[] times) {
        return Arrays.stream(times).sum();
    }
}
