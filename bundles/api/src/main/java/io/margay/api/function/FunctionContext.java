package io.margay.api.function;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;
import org.slf4j.Logger;

/** The surroundings of one call. */
@ProviderType
public interface FunctionContext {
    /** Unique for the call. */
    String requestId();

    String functionName();

    /** The function's environment variables, FUNCTION_ID and FUNCTION_NAME among them. */
    Map<String, String> environment();

    /**
     * The function's configuration in the key-value format, secret entries among them, which no component property has;
     * empty where it has none.
     */
    Map<String, String> configuration();

    /**
     * The function's configuration in the JSON format as nested maps, lists, strings, numbers ({@code Long},
     * {@code BigInteger} beyond it, {@code Double}), booleans and nulls; empty where it has none.
     */
    Map<String, Object> configurationJson();

    /** Read-only copies of the files of the function's configuration in the file format; empty where it has none. */
    List<Path> configurationFiles();

    /** What the caller gave beside the event; empty, never null. */
    Map<String, Object> invokerContext();

    /** The time left until the call counts as failed; zero when it is over. */
    Duration remaining();

    /** The function's own log. */
    Logger logger();

    /** The way back into the gateway; may be kept and used from any thread while the function runs. */
    Gateway gateway();
}
