package io.margay.worker.internal;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** Measures by hand what the README states: {@code java … io.margay.worker.internal.WorkerSpeed}. No test. */
final class WorkerSpeed {
    private static final Map<String, Object> EVENT =
            Map.of("requestId", "r-1", "payload", "{\"temperature\": 42.5}", "deadlineMs", 5000);

    private WorkerSpeed() {}

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("ws");
        Workers workers = new Workers(folder);
        measure(
                workers,
                workers.spec(
                        Language.PYTHON,
                        WorkloadId.function("f"),
                        "index.py",
                        "def handler(event, context):\n    return event\n"),
                "-c",
                "pass");
        measure(
                workers,
                workers.spec(
                        Language.NODEJS,
                        WorkloadId.function("f"),
                        "index.js",
                        "exports.handler = async (event) => event;\n"),
                "-e",
                "0");
        workers.close();
    }

    private static void measure(Workers workers, WorkerSpec spec, String... nothing) throws Exception {
        double[] bare = new double[15];
        double[] first = new double[15];
        for (int i = 0; i < bare.length; i++) {
            long start = System.nanoTime();
            new ProcessBuilder(Workers.need(spec.language()).toString(), nothing[0], nothing[1])
                    .start()
                    .waitFor();
            bare[i] = millis(start);
            start = System.nanoTime();
            Worker worker = workers.host.start(spec, Workers.NOBODY);
            Workers.ask(worker, "invoke", EVENT);
            first[i] = millis(start);
            worker.stop(Duration.ofSeconds(5));
        }
        System.out.printf(
                Locale.ROOT,
                "%s: %s alone %.1f ms, first call %.1f ms (median; worst %.1f ms)%n",
                spec.language().word(),
                String.join(" ", nothing),
                median(bare),
                median(first),
                Arrays.stream(first).max().orElseThrow());
        Worker worker = workers.host.start(spec, Workers.NOBODY);
        for (int round = 1; round <= 6; round++) {
            int calls = 20_000;
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                worker.request("invoke", EVENT).get();
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: %.0f calls a second, one at a time (round %d)%n",
                    spec.language().word(),
                    calls / (millis(start) / 1000),
                    round);
        }
        worker.stop(Duration.ofSeconds(5));
    }

    private static double millis(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
