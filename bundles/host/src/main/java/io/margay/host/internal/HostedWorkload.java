package io.margay.host.internal;

import io.margay.spi.WorkerException;
import io.margay.spi.WorkloadSpec;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The one workload of this JVM, its code loaded. */
interface HostedWorkload {
    /**
     * As {@link GatewayConnection.Peer#request}.
     *
     * @throws UnsupportedOperationException a workload of its kind can't do this
     */
    CompletionStage<?> request(String method, Map<String, Object> params);

    /**
     * The gateway was started anew and takes over what runs here, which goes on as it is.
     *
     * @param spec as that gateway has it
     */
    default void adopted(WorkloadSpec spec) {}

    /** Lets what is in work end for a moment, and stops the code. On the thread for what may take its time. */
    void stop();

    /** The gateway says the message as it is, as it does with that of a workload in its own JVM. */
    static CompletionException refused(String message, Exception cause) {
        WorkerException refused = new WorkerException(false, "Refused", message);
        if (cause != null) {
            refused.addSuppressed(cause);
        }
        return new CompletionException(refused);
    }
}
