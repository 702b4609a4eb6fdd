package io.margay.bench;

import java.util.Collection;
import java.util.List;
import java.util.function.ToDoubleFunction;
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
                        .warmupIterations(quick ? 5 : 8)
                        .warmupTime(TimeValue.seconds(2))
                        .measurementIterations(quick ? 3 : 5)
                        .measurementTime(TimeValue.seconds(2))
                        .jvmArgs(Shipped.JVM_OPTIONS.toArray(String[]::new))
                        .addProfiler(CpuTime.class)
                        .shouldFailOnError(true)
                        .build())
                .run();
        print("on the clock", results, result -> result.getPrimaryResult().getScore());
        print("in CPU time, as if nothing else ran", results, result -> result.getSecondaryResults()
                .get(CpuTime.LABEL)
                .getScore());
    }

    private static void print(String how, Collection<RunResult> results, ToDoubleFunction<RunResult> score) {
        double reports = find(results, score, ReportBenchmark.class, "margay", "");
        List<Figure> figures = List.of(
                Figure.rate(
                        "call of a Java function: queue, timeout, counters",
                        find(results, score, InvokerBenchmark.class, "margay", ""),
                        "ThreadPoolExecutor.submit + orTimeout",
                        find(results, score, InvokerBenchmark.class, "other", ""),
                        500_000),
                Figure.rate(
                        "report, driver to Java function: check, JSON, route",
                        reports,
                        "EventAdmin.postEvent + jackson",
                        find(results, score, ReportBenchmark.class, "other", "5000"),
                        200_000),
                Figure.rate(
                        "the same",
                        reports,
                        "EventAdmin with its timeout off",
                        find(results, score, ReportBenchmark.class, "other", "0"),
                        200_000));
        Figure.print("In the JVM, on one core, " + how + "; " + String.join(" ", Shipped.JVM_OPTIONS), figures);
    }

    private static double find(
            Collection<RunResult> results,
            ToDoubleFunction<RunResult> score,
            Class<?> type,
            String method,
            String timeout) {
        String name = type.getName() + "." + method;
        return results.stream()
                .filter(result -> result.getParams().getBenchmark().equals(name)
                        && (timeout.isEmpty()
                                || timeout.equals(result.getParams().getParam("timeout"))))
                .mapToDouble(score)
                .findFirst()
                .orElse(Double.NaN);
    }
}
