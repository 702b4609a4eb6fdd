package io.margay.spi;

import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** Calls functions. Thread-safe, never blocks. */
@ProviderType
public interface Invoker {
    /**
     * Queues a call.
     *
     * @return completes with the result, empty where the handler gave none, or exceptionally with an
     *     {@link InvocationException}, by the function's timeout at the latest. Completed on a thread of the function:
     *     what depends on it must be short or asynchronous
     */
    CompletableFuture<byte[]> invoke(String function, Invocation invocation);
}
