package io.margay.function;

import io.margay.spi.Invoker;
import java.util.List;
import java.util.Optional;
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

    List<FunctionStatus> list();

    Optional<FunctionStatus> find(String name);

    /** Forgets a function and fails its waiting calls. Called by the deployer after the last generation was closed. */
    void remove(String name);
}
