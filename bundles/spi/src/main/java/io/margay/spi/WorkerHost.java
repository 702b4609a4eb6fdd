package io.margay.spi;

import io.margay.model.Isolation;
import io.margay.model.Language;
import org.osgi.annotation.versioning.ProviderType;

/** Starts workers: instances of workloads outside the gateway's JVM. Registered as a service for each isolation. */
@ProviderType
public interface WorkerHost {
    Isolation isolation();

    /**
     * Starts a worker and returns when it has connected and answered {@code initialize}.
     *
     * @throws WorkloadException it did not; it is gone, and the message holds its exit and its last words
     */
    Worker start(WorkerSpec spec, WorkerListener listener) throws WorkloadException;

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
