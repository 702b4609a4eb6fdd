package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Plan;
import io.margay.model.EdgeInstance;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Changes of the edge instance, one after the other: what reads the current one and changes a part of it must not lose
 * what another request changed meanwhile. They take seconds, so they have a thread of their own.
 */
final class Changes implements AutoCloseable {
    private static final int WAITING = 8;

    private final Deployer deployer;
    private final ThreadPoolExecutor thread;

    /** Makes the wanted edge instance of the current one. */
    @FunctionalInterface
    interface Change {
        EdgeInstance of(EdgeInstance current) throws Exception;
    }

    Changes(Deployer deployer) {
        this.deployer = deployer;
        thread = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING), task -> {
            Thread made = new Thread(task, "margay-rest-changes");
            made.setDaemon(true);
            return made;
        });
        thread.allowCoreThreadTimeOut(true);
    }

    CompletableFuture<Plan> apply(Change change) {
        return apply(change, Optional.empty(), Optional.empty());
    }

    /**
     * @param plan the id of the plan that it must be; empty for whatever it is
     * @param soak how long changed workloads are watched; empty for the gateway's own time
     */
    CompletableFuture<Plan> apply(Change change, Optional<String> plan, Optional<Duration> soak) {
        return run(() -> deployer.apply(change.of(deployer.current()), plan, soak));
    }

    CompletableFuture<Plan> plan(Change change) {
        return run(() -> deployer.plan(change.of(deployer.current())));
    }

    private CompletableFuture<Plan> run(java.util.concurrent.Callable<Plan> task) {
        CompletableFuture<Plan> plan = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                try {
                    plan.complete(task.call());
                } catch (Throwable e) {
                    // Errors too: the client waits for an answer.
                    plan.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            plan.completeExceptionally(Problem.tooBusy("too many changes wait already; try again later")
                    .exception());
        }
        return plan;
    }

    /** Lets a change that has begun end by itself. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
