package io.margay.spi;

import io.margay.model.DeviceId;
import java.time.Duration;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One installed copy of a workload. The deployer drives it from one thread at a time:
 *
 * <pre>
 * driver, overlap:    new.start, old.release, new.takeOver, old.close
 * function, overlap:  new.start, new.takeOver, old.release, old.close
 * exclusive:          old.release, new.start, new.takeOver, old.close
 * failed:             new.close, old.start, old.takeOver
 * </pre>
 *
 * Calls and messages that come while neither owns the traffic wait for the next {@link #takeOver}, until their deadline.
 */
@ProviderType
public interface Generation extends AutoCloseable {
    WorkloadSpec spec();

    /**
     * Acquires what it needs and returns when it answered a probe. It gets no traffic yet: calls go on to the old one,
     * reports of a new driver wait.
     *
     * @throws WorkloadException it does not work; it is stopped again
     */
    void start(Duration timeout) throws WorkloadException;

    /** Gives this generation the traffic of its workload, atomically, with all that waits. */
    void takeOver();

    /**
     * Takes no new work, finishes what is in flight, lets go of everything that only one may hold. Where this generation
     * owns the traffic, new traffic waits from now on; for {@code overlap} functions the new generation has taken over
     * before. May be started again.
     *
     * @return false when work in flight did not end in time and was ended
     */
    boolean release(Duration timeout);

    /**
     * Applies a changed configuration, settings or devices without a new copy.
     *
     * @return false when it must be released and started again to see them
     */
    boolean reconfigure(WorkloadSpec changed) throws WorkloadException;

    GenerationStatus status();

    /**
     * The devices that answer a read now. One of which nothing can be read, or that was not asked or did not answer when
     * the time is over, is not among them. To be asked while this generation owns the traffic. Unlike the rest, this and
     * {@link #probe} may be called from any thread.
     *
     * @return empty for a function
     */
    Set<DeviceId> answering(Duration timeout);

    /**
     * Asks the workload itself, not its process, whether it works, and waits for the answer.
     *
     * @param devices a driver's devices that must answer a read each, beside the driver itself
     * @param timeout of each question
     */
    Health probe(Set<DeviceId> devices, Duration timeout);

    /** Ends it for good and lets go of every reference to its bundle. */
    @Override
    void close();
}
