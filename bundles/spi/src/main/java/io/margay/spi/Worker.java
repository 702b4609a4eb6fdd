package io.margay.spi;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.annotation.versioning.ProviderType;

/** A running worker; docs/worker-protocol.md names the methods. Thread-safe. */
@ProviderType
public interface Worker {
    long processId();

    /** Where it runs, for people, such as {@code process 4711}. */
    default String place() {
        return "process " + processId();
    }

    /**
     * Calls a method of the worker.
     *
     * @param params JSON values as maps, lists, strings, numbers, booleans and nulls
     * @return completes with the result as such values, or exceptionally with a {@link WorkerException}. Completed on the
     *     connection's reader thread: what depends on it must be short
     */
    CompletableFuture<Object> request(String method, Map<String, ?> params);

    /**
     * Asks whether it reads its messages and answers; any answer will do. Waits for it.
     *
     * @return never {@link Health.Status#WARN}
     */
    default Health ping(Duration timeout) {
        long asked = System.nanoTime();
        String process = place() + " ";
        try {
            request("ping", Map.of()).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof WorkerException answer) || answer.lost()) {
                return Health.critical(
                        process + "can't be asked: " + e.getCause().getMessage());
            }
        } catch (TimeoutException e) {
            return Health.critical(process + "did not answer a ping within " + timeout.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Health.critical(process + "could not be asked: interrupted");
        }
        return Health.ok(process + "answered a ping in " + (System.nanoTime() - asked) / 1_000_000 + " ms");
    }

    /**
     * Suspends it, where its isolation can, until the next request, which wakes it up.
     *
     * @return false where it goes on as before, as it can't be suspended or a request is open
     */
    default boolean freeze() {
        return false;
    }

    /**
     * How long it may stay suspended from now on: zero where it should be stopped, as that has been long or memory is short.
     *
     * @return empty where it is not suspended
     */
    default Optional<Duration> frozen() {
        return Optional.empty();
    }

    /** Completes when the process has ended, with the reason. */
    CompletableFuture<WorkerExit> exit();

    /** Asks it to finish, and ends it and its children when the grace is over. Returns when it is gone. */
    void stop(Duration grace);

    /** Ends it and its children at once, for a reason that {@link #exit} then gives. */
    void kill(String reason);
}
