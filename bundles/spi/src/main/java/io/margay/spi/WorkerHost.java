package io.margay.spi;

import io.margay.model.Isolation;
import io.margay.model.Language;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.osgi.annotation.versioning.ProviderType;

/** Starts workers: instances of workloads outside the gateway's JVM. Registered as a service for each isolation. */
@ProviderType
public interface WorkerHost {
    Isolation isolation();

    /**
     * Starts a worker and returns when it has connected and answered {@code initialize}.
     *
     * @throws HostAwayException this host can start none for now
     * @throws WorkloadException it did not; it is gone, and the message holds its exit and its last words
     */
    Worker start(WorkerSpec spec, WorkerListener listener) throws WorkloadException;

    /**
     * Waits, after a {@link HostAwayException}, until it is worth another try.
     *
     * @return completes with true as soon as the host can start workers, with false when the time is over. Completed on a thread
     *     of the host's: what depends on it must be short
     */
    default CompletableFuture<Boolean> back(Duration longest) {
        return new CompletableFuture<Boolean>().completeOnTimeout(false, longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** That a worker may be wanted at any moment, until it is closed. */
    interface Expectation extends AutoCloseable {
        @Override
        void close();
    }

    /** Says that workers in this language may be wanted at any moment, so that the host can make ready for quick starts. */
    default Expectation expect(Language language) {
        return () -> {};
    }
}
