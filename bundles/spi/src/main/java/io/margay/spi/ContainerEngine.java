package io.margay.spi;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** This machine's container engine, as far as others need to know it. There is this service also where there is no engine. Thread-safe. */
@ProviderType
public interface ContainerEngine {
    /** Whether containers can be started. */
    enum State {
        READY,
        /**
         * There was one, in this run of the gateway or in the one before, and it does not answer now. What runs in containers may
         * go on.
         */
        LOST,
        /** There is one, and the gateway can't use it. */
        UNUSABLE,
        NONE,
        /** The gateway is told not to use one. */
        OFF
    }

    /**
     * How it is now.
     *
     * @param endpoint where it is asked, such as {@code unix:///var/run/docker.sock}; empty where none was found
     * @param product such as {@code Docker 20.10.24, cgroup v1}; empty until it answered
     * @param message why it is not ready and what to do about it; empty where it is ready
     */
    record Status(State state, String endpoint, String product, String message) {
        public boolean ready() {
            return state == State.READY;
        }
    }

    /** What was last seen; does not wait. */
    Status status();

    /** As {@link #status}, but after the gateway's start it waits until it is known whether there is an engine. */
    Status await();

    /**
     * Waits until it is ready, or is not waited for any more after the gateway's start.
     *
     * @param seen how it was when it was settled that there is something to wait for
     * @return completes with true as soon as one of both is so, with false when the time is over. What depends on it must be short
     */
    CompletableFuture<Boolean> back(Status seen, Duration longest);

    /** Whether the gateway's own setting allows privileged containers. */
    boolean allowsPrivileged();

    /** Whether the gateway's own setting allows devices of the host in containers. */
    boolean allowsDevices();

    /**
     * Why no container may have this path of the host as a volume, whatever the gateway's settings are: it leads to an engine's
     * socket, to the gateway's home or to the host's processes. Empty where one may. Links are followed as they are now.
     */
    Optional<String> refusal(String volume);

    /** Why nothing in this language can run in a container here; empty where it can, or where the engine does not tell within seconds. */
    Optional<String> unable(Language language);

    /**
     * Says which workloads run in containers, or may as soon as they run, once all have been started after the gateway's start:
     * containers of others go.
     */
    void settled(Set<WorkloadId> workloads);
}
