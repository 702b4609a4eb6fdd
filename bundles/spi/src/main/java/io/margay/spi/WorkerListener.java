package io.margay.spi;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/** Answers what a worker asks of the gateway. */
@ConsumerType
public interface WorkerListener {
    /**
     * Handles a request of the worker. Called on the connection's reader thread, in the order of arrival: what may block
     * returns a stage that completes later.
     *
     * @return the result as JSON values; an exceptional end becomes an error answer with the exception's message
     */
    CompletionStage<?> request(String method, Map<String, Object> params);
}
