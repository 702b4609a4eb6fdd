package io.margay.spi;

import io.margay.model.DeviceId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** Calls down to devices. Each future completes by the timeout at the latest, or exceptionally with a {@link ThingException}. */
@ProviderType
public interface Things {
    /** @param properties empty for all readable ones */
    CompletableFuture<Map<String, Object>> get(DeviceId device, List<String> properties, Duration timeout);

    CompletableFuture<Void> set(DeviceId device, Map<String, ?> values, Duration timeout);

    CompletableFuture<Map<String, Object>> call(
            DeviceId device, String service, Map<String, ?> input, Duration timeout);
}
