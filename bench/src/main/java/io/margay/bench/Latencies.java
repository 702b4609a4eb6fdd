package io.margay.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.LongStream;

/** Times of calls, in nanoseconds. */
final class Latencies {
    private LongStream.Builder times = LongStream.builder();
    private long[] sorted = {};

    void add(long nanos) {
        times.add(nanos);
    }

    void addAll(Latencies others) {
        Arrays.stream(others.sorted()).forEach(times::add);
    }

    private long[] sorted() {
        sorted =
                LongStream.concat(Arrays.stream(sorted), times.build()).sorted().toArray();
        times = LongStream.builder();
        return sorted;
    }

    int count() {
        return sorted().length;
    }

    /** The time within which so many of a hundred were answered. */
    double millis(int percent) {
        long[] all = sorted();
        return all.length == 0 ? Double.NaN : all[(all.length * percent + 99) / 100 - 1] / 1e6;
    }

    /** Both ends for people. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "p50 %.2f, p99 %.2f ms", millis(50), millis(99));
    }
}
