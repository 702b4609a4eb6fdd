package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Deployer.WorkloadHealth;
import io.margay.spi.Health;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What the health checks of the workloads find. */
final class HealthResource implements AutoCloseable {
    /** Requests at a time: each asks every workload. */
    private static final int AT_A_TIME = 2;

    private final Deployer deployer;
    private final ThreadPoolExecutor threads;

    HealthResource(Deployer deployer) {
        this.deployer = deployer;
        threads = new ThreadPoolExecutor(0, AT_A_TIME, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread made = new Thread(task, "margay-rest-health");
            made.setDaemon(true);
            return made;
        });
    }

    void addTo(Router router) {
        router.add("GET", "/health", x -> x.later(ask(), checks -> x.json(200, view(checks))));
    }

    /** A workload that does not answer takes seconds, for which no thread of the HTTP server is to wait. */
    private CompletableFuture<List<WorkloadHealth>> ask() {
        try {
            return CompletableFuture.supplyAsync(deployer::health, threads);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(
                    new CompletionException(Problem.tooBusy("the workloads are being asked already; try again later")
                            .exception()));
        }
    }

    private static Map<String, Object> view(List<WorkloadHealth> checks) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put(
                "status",
                word(checks.stream()
                        .map(check -> check.health().status())
                        .max(Health.Status::compareTo)
                        .orElse(Health.Status.OK)));
        view.put("checks", checks.stream().map(HealthResource::view).toList());
        return view;
    }

    private static Map<String, Object> view(WorkloadHealth check) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("workload", check.id().toString());
        view.put("kind", check.id().kind().word());
        view.put("name", check.id().name());
        view.put("status", word(check.health().status()));
        view.put("message", check.health().message());
        view.put("millis", check.took().toMillis());
        return view;
    }

    private static String word(Health.Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
