package io.margay.function.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** The threads of a function in the JVM that were interrupted and run on; nothing can end them. Thread-safe. */
final class StuckThreads {
    /** With so many the function takes no more calls: each costs memory, and maybe a processor, for ever. */
    static final int MOST = 3;
    /** How long a thread may take to end when it is interrupted. */
    static final long GRACE = TimeUnit.SECONDS.toNanos(1);

    private record Interrupted(Thread thread, long at) {}

    private final List<Interrupted> all = new CopyOnWriteArrayList<>();

    void add(Thread thread) {
        all.add(new Interrupted(thread, System.nanoTime()));
    }

    /** Whether there are so many that the function must take no more calls. */
    boolean tooMany() {
        if (all.size() < MOST) {
            return false;
        }
        long now = System.nanoTime();
        return running().stream().filter(each -> now - each.at() >= GRACE).count() >= MOST;
    }

    /** When {@link #tooMany} may say something else than now; {@link Call#NO_DEADLINE} for never. */
    long judgedAt(long now) {
        long earliest = Call.NO_DEADLINE;
        for (Interrupted each : running()) {
            if (now - each.at() < GRACE) {
                earliest = Math.min(earliest, each.at() + GRACE);
            }
        }
        return earliest;
    }

    /** Their names, and where they are. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (Interrupted each : running()) {
            StackTraceElement[] stack = each.thread().getStackTrace();
            if (stack.length > 0) { // else it has ended
                names.add(each.thread().getName() + " at " + stack[0]);
            }
        }
        return names;
    }

    /** For callers and whoever asks how the function is. */
    String words() {
        List<String> names = names();
        return "stuck: " + names.size() + " threads ignore their interruption: " + String.join(", ", names)
                + "; deploy a mended version or restart the gateway";
    }

    private List<Interrupted> running() {
        all.removeIf(each -> !each.thread().isAlive());
        return all;
    }
}
