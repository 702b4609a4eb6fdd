package io.margay.spi.driver;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The calls down to a device, to a driver in this JVM or over the worker protocol. Futures may end in any exception; one that
 * is cancelled is not waited for any more.
 *
 * <p>Each call is told how long its caller still waits; what ends it then is the caller's cancellation, or where that does
 * not reach the driver, the driver's side itself.
 */
public interface DeviceCalls {
    CompletableFuture<Map<String, Object>> get(List<String> properties, Duration left);

    CompletableFuture<Void> set(Map<String, ?> values, Duration left);

    CompletableFuture<Map<String, Object>> call(String service, Map<String, ?> input, Duration left);
}
