package io.margay.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Calls through HTTP of what is up already, by one client and by several. */
final class WarmCalls {
    private static final int[] CLIENTS = {1, 8};

    /** What was taken of one target with so many clients. */
    private record Series(List<Double> rates, Latencies latencies) {
        Series() {
            this(new ArrayList<>(), new Latencies());
        }
    }

    private final Map<String, KeepAlive.Target> functions;
    private final List<KeepAlive.Target> others;
    private final Map<String, Series> all = new LinkedHashMap<>();

    /** @param functions under what they are for people */
    WarmCalls(Map<String, KeepAlive.Target> functions, List<KeepAlive.Target> others) {
        this.functions = functions;
        this.others = others;
    }

    /** All of them in turn, so that a slow moment of the machine meets all. */
    void measure(int rounds, double seconds, double warmUp) throws Exception {
        List<KeepAlive.Target> targets = new ArrayList<>(functions.values());
        targets.addAll(others);
        for (KeepAlive.Target target : targets) {
            load(target, CLIENTS[CLIENTS.length - 1], warmUp, new Series());
        }
        for (int round = 0; round < rounds; round++) {
            for (KeepAlive.Target target : targets) {
                for (int clients : CLIENTS) {
                    load(target, clients, seconds, series(target, clients));
                }
            }
        }
        all.forEach((name, series) -> System.out.println(Figure.all(name + ", calls/s", series.rates())));
    }

    private Series series(KeepAlive.Target target, int clients) {
        return all.computeIfAbsent(target.name() + ", " + clients(clients), name -> new Series());
    }

    private static String clients(int number) {
        return number == 1 ? "1 client" : number + " clients";
    }

    private static void load(KeepAlive.Target target, int clients, double seconds, Series series) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Callable<Latencies>> tasks = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                tasks.add(() -> calls(target, seconds));
            }
            long start = System.nanoTime();
            int calls = 0;
            for (Future<Latencies> each : threads.invokeAll(tasks)) {
                calls += each.get().count();
                series.latencies().addAll(each.get());
            }
            series.rates().add(calls / ((System.nanoTime() - start) / 1e9));
        } catch (ExecutionException e) {
            throw new IOException("a call of " + target.name() + " failed", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static Latencies calls(KeepAlive.Target target, double seconds) throws IOException {
        Latencies latencies = new Latencies();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        try (KeepAlive client = new KeepAlive(target)) {
            while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
                latencies.add(client.call());
            }
        }
        return latencies;
    }

    /** @param share of the other's rate that is the aim; NaN for none */
    List<Figure> figures(double share) {
        List<Figure> figures = new ArrayList<>();
        for (int clients : CLIENTS) {
            functions.forEach((title, target) -> {
                Series ours = series(target, clients);
                String name = "warm, " + title + ", " + clients(clients) + " (" + ours.latencies() + ")";
                for (KeepAlive.Target other : others) {
                    Series theirs = series(other, clients);
                    figures.add(Figure.rate(
                            name,
                            Figure.median(ours.rates()),
                            other.name() + " (" + theirs.latencies() + ")",
                            Figure.median(theirs.rates()),
                            share * Figure.median(theirs.rates())));
                    name = "the same";
                }
            });
        }
        return figures;
    }
}
