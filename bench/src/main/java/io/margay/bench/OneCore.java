package io.margay.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the JMH benchmarks and prints their table. Started by {@code bench/jmh.sh}, which pins it to one core. */
public final class OneCore {
    private OneCore() {}

    public static void main(String[] arguments) throws RunnerException {
        boolean quick = List.of(arguments).contains("quick");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(InvokerBenchmark.class.getName())
                        .include(ReportBenchmark.class.getName())
                        .forks(quick ? 1 : 3)
                        .warmupIterations(quick ? 3 : 5)
                        .warmupTime(TimeValue.seconds(2))
                        .measurementIterations(quick ? 3 : 5)
                        .measurementTime(TimeValue.seconds(2))
                        .jvmArgs(Shipped.JVM_OPTIONS.toArray(String[]::new))
                        .shouldFailOnError(true)
                        .build())
                .run();
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.rate(
                "call of a Java function: queue, timeout, counters",
                score(results, InvokerBenchmark.class, "margay", ""),
                "ThreadPoolExecutor.submit + orTimeout",
                score(results, InvokerBenchmark.class, "other", ""),
                500_000));
        double reports = score(results, ReportBenchmark.class, "margay", "");
        figures.add(Figure.rate(
                "report, driver to Java function: check, JSON, route",
                reports,
                "EventAdmin.postEvent + jackson",
                score(results, ReportBenchmark.class, "other", "5000"),
                200_000));
        figures.add(Figure.rate(
                "the same",
                reports,
                "EventAdmin with its timeout off",
                score(results, ReportBenchmark.class, "other", "0"),
                200_000));
        Figure.print("In the JVM, on one core, heap as shipped " + Shipped.JVM_OPTIONS, figures);
    }

    private static double score(Collection<RunResult> results, Class<?> type, String method, String timeout) {
        String name = type.getName() + "." + method;
        return results.stream()
                .filter(result -> result.getParams().getBenchmark().equals(name)
                        && (timeout.isEmpty()
                                || timeout.equals(result.getParams().getParam("timeout"))))
                .mapToDouble(result -> result.getPrimaryResult().getScore())
                .findFirst()
                .orElse(Double.NaN);
    }
}
