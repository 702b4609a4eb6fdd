package io.margay.worker;

import java.util.List;
import java.util.Map;

/** How a process ended, in words. */
public final class ExitWords {
    private static final Map<Integer, String> SIGNALS = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(14, "SIGALRM"),
            Map.entry(15, "SIGTERM"),
            Map.entry(24, "SIGXCPU"),
            Map.entry(25, "SIGXFSZ"),
            Map.entry(31, "SIGSYS"));

    /** How a JVM ends that is told to end when its heap is full. */
    public static final int JVM_OUT_OF_MEMORY = 3;

    /** In the place of an exit code that nobody saw. */
    public static final int UNKNOWN = -1;

    private static final String HEAP_IS_FULL = "Terminating due to java.lang.OutOfMemoryError";

    private ExitWords() {}

    /** @param output the last lines of what a JVM wrote */
    public static boolean tellOfFullHeap(List<String> output) {
        return output.stream().anyMatch(line -> line.startsWith(HEAP_IS_FULL));
    }

    /** @param code as {@link Process#exitValue()} gives it: 128 and the number for a signal, or
     *     {@link #UNKNOWN} */
    public static String of(int code) {
        if (code == UNKNOWN) {
            return "ended in a way that nobody saw, as the process that had forked it was gone";
        }
        String signal = SIGNALS.get(code - 128);
        return signal == null ? "exit code " + code : "exit code " + code + " (" + signal + ")";
    }
}
