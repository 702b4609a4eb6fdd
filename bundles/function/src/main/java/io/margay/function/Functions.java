package io.margay.function;

import io.margay.spi.Invocation;
import io.margay.spi.Invoker;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** The functions as they are now. Thread-safe. */
@ProviderType
public interface Functions extends Invoker {
    /**
     * A function's counters since it was deployed, over all generations.
     *
     * @param queued calls waiting now
     * @param running calls in work now
     * @param succeeded calls that gave a result
     * @param failed calls whose handler threw or whose instance was lost or did not start
     * @param timedOut calls that did not answer in time
     * @param refused calls refused as too busy
     * @param meanMicros mean time from start to result of the calls that succeeded, in microseconds
     * @param lastError of the last call that failed; empty for none
     */
    record FunctionStatus(
            String name,
            int instances,
            int queued,
            int running,
            long succeeded,
            long failed,
            long timedOut,
            long refused,
            long meanMicros,
            String lastError) {}

    /**
     * Takes a call for whose result nobody waits, and keeps it on disk until it has ended: it is made even where the gateway ends
     * meanwhile, then perhaps twice, under the same request id; it waits for as long as the function can't be started; and it is
     * tried three times where an instance ends under it. A failure is logged with the id.
     *
     * @return completes when it is on disk, or exceptionally with an {@link io.margay.spi.InvocationException}: it is not made.
     *     On the thread that writes: what depends on it must be short or asynchronous
     */
    CompletableFuture<Void> accept(String function, Invocation invocation);

    List<FunctionStatus> list();

    Optional<FunctionStatus> find(String name);

    /**
     * There is no generation of a function for now: who calls it is told so, and what was accepted waits for the next one. Called by
     * the deployer after one that could not be started was closed.
     */
    void withdraw(String name);

    /** Forgets a function and fails its waiting calls. Called by the deployer after the last generation was closed. */
    void remove(String name);
}
