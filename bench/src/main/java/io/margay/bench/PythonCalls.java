package io.margay.bench;

import io.margay.spi.Generation;
import io.margay.spi.Invocation;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls of a Python function, the first and warm ones. Started by {@code bench/worker.sh}. */
public final class PythonCalls {
    private static final byte[] EVENT = "{\"temperature\": 42.5}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] RESULT = "{\"alarm\": false}".getBytes(StandardCharsets.UTF_8);
    private static final int UNDER_WAY = 16;

    private final Path scripts;
    private final Path sdk;
    private final Path python;
    private final Path folder;
    private final boolean quick;

    private PythonCalls(Path root, Path folder, boolean quick) throws IOException {
        this.folder = folder;
        scripts = root.resolve("bench/src/main/python");
        sdk = root.resolve("sdk");
        python = interpreter();
        this.quick = quick;
    }

    public static void main(String[] arguments) throws Exception {
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            boolean quick = List.of(arguments).contains("quick");
            new PythonCalls(Path.of(arguments[0]), folder.path(), quick).run();
        }
        System.exit(0); // the HTTP client's threads would keep the JVM
    }

    /** The interpreter itself, as the launcher finds it: what is on the PATH may be a script that looks for one. */
    static Path interpreter() throws IOException {
        Process process = new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader()) {
            return Path.of(output.readLine());
        }
    }

    private void run() throws Exception {
        List<Figure> figures = new ArrayList<>();
        try (Wiring wiring = Wiring.withProcesses(folder, sdk, python)) {
            figures.add(firstCall(wiring));
            warmCalls(wiring, figures);
        }
        Figure.print("A Python function in a process of its own, one call in it at a time", figures);
    }

    private Figure firstCall(Wiring wiring) throws Exception {
        List<Double> first = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        int rounds = quick ? 7 : 31;
        for (int i = -2; i < rounds; i++) {
            double bareMillis = millis(() ->
                    new ProcessBuilder(python.toString(), "-c", "pass").start().waitFor());
            Generation generation = wiring.pythonFunction("first", scripts, "index.handler");
            double firstMillis = millis(() -> call(wiring, "first"));
            generation.release(java.time.Duration.ofSeconds(5));
            generation.close();
            if (i >= 0) { // two to warm up the JVM and the file cache
                bare.add(bareMillis);
                first.add(firstMillis);
            }
        }
        System.out.println(Figure.all("first call, ms", first));
        System.out.println(Figure.all("python3 -c pass, ms", bare));
        double other = Figure.median(bare);
        return Figure.cost(
                "first call, on demand (median)",
                Figure.median(first),
                "python3 -c pass",
                other,
                "ms",
                other * 1.5 + 20);
    }

    private void warmCalls(Wiring wiring, List<Figure> figures) throws Exception {
        List<Double> margay = new ArrayList<>();
        List<Double> queued = new ArrayList<>();
        List<Double> http = new ArrayList<>();
        List<Double> connection = new ArrayList<>();
        double seconds = quick ? 1 : 3;
        Generation generation = wiring.pythonFunction("warm", scripts, "index.handler");
        Process server = new ProcessBuilder(
                        python.toString(), scripts.resolve("http_function.py").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = server.inputReader()) {
            HttpClient client = HttpClient.newHttpClient();
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + output.readLine()))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(EVENT))
                    .build();
            Callable<Object> byHttp = () -> check(client.send(request, HttpResponse.BodyHandlers.ofByteArray())
                    .body());
            Callable<Object> byWorker = () -> call(wiring, "warm");
            rate(byWorker, seconds);
            rate(byHttp, seconds);
            for (int round = 0; round < (quick ? 3 : 7); round++) {
                margay.add(rate(byWorker, seconds));
                queued.add(rateOfQueue(wiring, seconds));
                http.add(rate(byHttp, seconds));
                connection.add(rateOfConnection(round, seconds));
            }
        } finally {
            server.destroy();
            server.waitFor(5, TimeUnit.SECONDS);
        }
        generation.close();
        System.out.println(Figure.all("worker protocol, calls/s", margay));
        System.out.println(Figure.all("worker protocol, " + UNDER_WAY + " under way, calls/s", queued));
        System.out.println(Figure.all("http.server, calls/s", http));
        System.out.println(Figure.all("multiprocessing.connection, calls/s", connection));
        double median = Figure.median(margay);
        figures.add(Figure.rate(
                "warm call, Java to Python", median, "http.server + HttpClient", Figure.median(http), 10_000));
        figures.add(Figure.rate(
                "warm call", median, "multiprocessing.connection in Python", Figure.median(connection), 10_000));
        figures.add(Figure.rate(
                "warm call, " + UNDER_WAY + " under way",
                Figure.median(queued),
                "multiprocessing.connection in Python, one",
                Figure.median(connection),
                10_000));
    }

    /** As several callers have it: the next call waits in the function's queue when one is answered. */
    private static double rateOfQueue(Wiring wiring, double seconds) {
        Outstanding calls = new Outstanding(UNDER_WAY);
        AtomicInteger wrong = new AtomicInteger();
        long start = System.nanoTime();
        while (System.nanoTime() - start < seconds * 1e9) {
            calls.beforeSend();
            wiring.invoker().invoke("warm", new Invocation(EVENT)).whenComplete((result, error) -> {
                if (error != null || !Arrays.equals(RESULT, result)) {
                    wrong.incrementAndGet();
                }
                calls.handled();
            });
        }
        calls.awaitAll();
        if (wrong.get() > 0) {
            throw new IllegalStateException(wrong + " calls failed");
        }
        return calls.sent() / ((System.nanoTime() - start) / 1e9);
    }

    private double rateOfConnection(int round, double seconds) throws IOException {
        Process process = new ProcessBuilder(
                        python.toString(),
                        scripts.resolve("connection_function.py").toString(),
                        folder.resolve("c" + round).toString(),
                        Double.toString(seconds))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader()) {
            return Double.parseDouble(output.readLine());
        }
    }

    private static Object call(Wiring wiring, String function) throws Exception {
        return check(wiring.invoker().invoke(function, new Invocation(EVENT)).get());
    }

    private static Object check(byte[] result) {
        if (!Arrays.equals(RESULT, result)) {
            throw new IllegalStateException("wrong result: " + new String(result, StandardCharsets.UTF_8));
        }
        return result;
    }

    private static double rate(Callable<Object> call, double seconds) throws Exception {
        long start = System.nanoTime();
        long calls = 0;
        while (System.nanoTime() - start < seconds * 1e9) {
            call.call();
            calls++;
        }
        return calls / ((System.nanoTime() - start) / 1e9);
    }

    private static double millis(Callable<Object> action) throws Exception {
        long start = System.nanoTime();
        action.call();
        return (System.nanoTime() - start) / 1e6;
    }
}
