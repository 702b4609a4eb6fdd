package io.margay.spi;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** A running worker; docs/worker-protocol.md names the methods. Thread-safe. */
@ProviderType
public interface Worker {
    long processId();

    /**
     * Calls a method of the worker.
     *
     * @param params JSON values as maps, lists, strings, numbers, booleans and nulls
     * @return completes with the result as such values, or exceptionally with a {@link WorkerException}. Completed on the
     *     connection's reader thread: what depends on it must be short
     */
    CompletableFuture<Object> request(String method, Map<String, ?> params);

    /** Completes when the process has ended, with the reason. */
    CompletableFuture<WorkerExit> exit();

    /** Asks it to finish, and ends it and its children when the grace is over. Returns when it is gone. */
    void stop(Duration grace);

    /** Ends it and its children at once, for a reason that {@link #exit} then gives. */
    void kill(String reason);
}
