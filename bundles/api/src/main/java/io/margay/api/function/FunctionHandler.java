package io.margay.api.function;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A function's code. The author registers it as an OSGi service, as a rule with
 * {@code @Component(configurationPid = FunctionHandler.PID)}, or names the class as the function's handler.
 */
@ConsumerType
@FunctionalInterface
public interface FunctionHandler {
    /** The configuration PID of a function component; the gateway targets it at the installed copy. */
    String PID = "io.margay.function";

    /**
     * Handles one event. Called on a thread of the gateway; the thread is interrupted when the time is over.
     *
     * @param event what happened; never null
     * @param context this call's surroundings, not to be kept after the call
     * @return the result, or null for none
     * @throws Exception the call failed; class and message are told to the caller
     */
    byte[] handle(Event event, FunctionContext context) throws Exception;
}
