package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Runs of gateways that are stopped badly, two at a time, each in a folder of its own, and what came of them. */
final class CrashRuns implements AutoCloseable {
    private static final int AT_A_TIME = 2;

    /** What goes through a run in a folder, and what was wrong; empty when nothing was. */
    @FunctionalInterface
    interface Run {
        String in(Path folder) throws Exception;
    }

    private record Ended(String name, String wrong) {}

    private final Path folder;
    private final boolean full = Boolean.getBoolean("margay.crash.full");
    private final long seed = Long.getLong("margay.crash.seed", System.nanoTime() & 0xffffff);
    private final ExecutorService executor = Executors.newFixedThreadPool(AT_A_TIME);
    private final List<Future<Ended>> waiting = new ArrayList<>();
    private final Map<String, String> counts = new LinkedHashMap<>();
    private final AtomicInteger missed = new AtomicInteger();
    private int all;
    private int bad;
    private int number;

    CrashRuns(Path folder) {
        this.folder = folder;
    }

    boolean isFull() {
        return full;
    }

    Random random(String kind) {
        return new Random(seed + kind.hashCode());
    }

    /** All of them, or where not all are wanted one of each so many that follow each other. */
    <T> List<T> some(String kind, List<T> points, int most) {
        int stride = full ? 1 : Math.max(1, (points.size() + most - 1) / most);
        List<T> some = one(kind, points, stride);
        counts.put(kind, " of " + points.size());
        System.out.printf("%s: %d of %d points, seed %d%n", kind, some.size(), points.size(), seed);
        return some;
    }

    /** By chance one of each so many. */
    <T> List<T> one(String kind, List<T> points, int stride) {
        Random random = random(kind);
        List<T> some = new ArrayList<>();
        for (int i = 0; i < points.size(); i += stride) {
            some.add(points.get(i + random.nextInt(Math.min(stride, points.size() - i))));
        }
        return some;
    }

    void add(String name, Run run) {
        Path own = folder.resolve("r" + number++);
        waiting.add(executor.submit(() -> {
            String wrong;
            try {
                wrong = run.in(Files.createDirectories(own));
            } catch (Exception | AssertionError e) {
                wrong = e + "\n"
                        + Arrays.stream(e.getStackTrace())
                                .map(StackTraceElement::toString)
                                .filter(line -> line.contains("margay"))
                                .collect(Collectors.joining("\n"));
            }
            if (wrong.isEmpty()) {
                Homes.delete(own);
            }
            return new Ended(name, wrong);
        }));
    }

    /** A point was not come to. */
    void missed() {
        missed.incrementAndGet();
    }

    /** Waits for all that were added. */
    void await(String kind) throws Exception {
        List<Ended> wrong = new ArrayList<>();
        int runs = waiting.size();
        for (Future<Ended> each : waiting) {
            Ended ended = each.get();
            if (!ended.wrong().isEmpty()) {
                wrong.add(ended);
                System.out.println("BAD STATE, seed " + seed + ": " + ended.name() + "\n" + ended.wrong());
            }
        }
        waiting.clear();
        all += runs;
        bad += wrong.size();
        counts.merge(kind, "", (of, none) -> of);
        counts.put(kind, runs + counts.get(kind));
        assertThat(wrong).as("bad states").isEmpty();
    }

    String summary() {
        return "crash points: " + all + ", bad states: " + bad + " ("
                + counts.entrySet().stream()
                        .map(count -> count.getKey() + " " + count.getValue())
                        .collect(Collectors.joining(", "))
                + ", not come to " + missed + ", seed " + seed + ")";
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
