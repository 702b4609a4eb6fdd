package io.margay.function.internal;

import io.margay.spi.GenerationStatus.StuckThread;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * The threads of a function in the JVM that were interrupted and run on; nothing can end them. Each is logged with its stack
 * when it is found, and when it ends after all. Thread-safe.
 */
final class StuckThreads {
    /** With so many the function takes no more calls: each costs memory, and maybe a processor, for ever. */
    static final int MOST = 3;
    /** How long a thread may take to end when it is interrupted. */
    static final long GRACE = TimeUnit.SECONDS.toNanos(1);
    /** Of each stack the topmost are told. */
    static final int FRAMES = 30;

    /** One that was interrupted; stuck from when its grace is over. */
    private static final class Interrupted {
        private final Thread thread;
        private final long at = System.nanoTime();
        private final Instant since = Instant.now();
        private boolean stuck;

        Interrupted(Thread thread) {
            this.thread = thread;
        }
    }

    private final Logger log;
    private final List<Interrupted> all = new ArrayList<>();
    private volatile int number;

    StuckThreads(Logger log) {
        this.log = log;
    }

    /** Whether there are so many that the function must take no more calls. */
    boolean tooMany() {
        return number >= MOST;
    }

    /** A thread is being interrupted. To be told before it can have {@link #ended}. */
    synchronized void interrupted(Thread thread) {
        all.add(new Interrupted(thread));
    }

    /** Looks for those whose grace is over. @return when to look again; {@link Call#NO_DEADLINE} for never */
    synchronized long judge(long now) {
        long earliest = Call.NO_DEADLINE;
        for (Interrupted each : all) {
            if (each.stuck) {
                continue;
            }
            if (now - each.at < GRACE) {
                earliest = Math.min(earliest, each.at + GRACE);
            } else {
                each.stuck = true;
                number++;
                warn(each);
            }
        }
        return earliest;
    }

    /** Gives each the rest of its grace to end, then looks who has not. For a function that stops: nobody looks later. */
    void await() throws InterruptedException {
        for (Interrupted each : interrupted()) {
            TimeUnit.NANOSECONDS.timedJoin(each.thread, each.at + GRACE - System.nanoTime());
        }
        judge(System.nanoTime());
    }

    private synchronized List<Interrupted> interrupted() {
        return List.copyOf(all);
    }

    private void warn(Interrupted found) {
        StackTraceElement[] stack = found.thread.getStackTrace();
        String lines = top(stack).map(frame -> "\n\tat " + frame).collect(Collectors.joining());
        int more = stack.length - FRAMES;
        log.warn(
                "stuck: thread {} ignores its interruption, and nothing can end it; that makes {}, and at {} it takes no"
                        + " more calls{}{}",
                found.thread.getName(),
                number,
                MOST,
                lines,
                more > 0 ? "\n\t... " + more + " more" : "");
    }

    /** A thread is about to end. @return whether it was stuck */
    synchronized boolean ended(Thread thread) {
        for (Iterator<Interrupted> each = all.iterator(); each.hasNext(); ) {
            Interrupted ended = each.next();
            if (ended.thread == thread) {
                each.remove();
                if (ended.stuck) {
                    number--;
                    log.info(
                            "thread {}, which ignored its interruption, has ended after all; stuck threads: {}",
                            thread.getName(),
                            number);
                }
                return ended.stuck;
            }
        }
        return false;
    }

    /** Those that are stuck, and where they are now. */
    synchronized List<StuckThread> threads() {
        List<StuckThread> threads = new ArrayList<>();
        for (Interrupted each : all) {
            StackTraceElement[] stack = each.stuck ? each.thread.getStackTrace() : new StackTraceElement[0];
            if (stack.length > 0) { // else it has ended
                threads.add(new StuckThread(
                        each.thread.getName(),
                        each.since,
                        stack.length,
                        top(stack).toList()));
            }
        }
        return threads;
    }

    private static Stream<String> top(StackTraceElement[] stack) {
        return Stream.of(stack).limit(FRAMES).map(StackTraceElement::toString);
    }

    /** For callers and whoever asks how the function is: what is wrong, what follows, what to do, and where they are. */
    static String words(List<StuckThread> threads) {
        int number = threads.size();
        String wrong =
                number == 1 ? "1 thread ignores its interruption" : number + " threads ignore their interruption";
        String then = number < MOST
                ? "; at " + MOST + " it takes no more calls"
                : ", it takes no more calls; deploy a mended version or restart the gateway";
        return threads.stream()
                .map(each -> each.thread() + " at " + each.stack().get(0))
                .collect(Collectors.joining(", ", "stuck: " + wrong + then + ": ", ""));
    }
}
