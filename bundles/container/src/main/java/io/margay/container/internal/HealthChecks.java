package io.margay.container.internal;

import com.github.dockerjava.api.command.HealthState;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.HealthCheck;
import java.util.concurrent.TimeUnit;

/** Reads what the engine tells of the check ({@code HEALTHCHECK}) that an image can have. */
final class HealthChecks {
    /** Of interval and timeout, where the image says nothing. */
    private static final long STANDARD_MILLIS = 30_000;

    private HealthChecks() {}

    static boolean failed(InspectContainerResponse container) {
        HealthState health = container.getState().getHealth();
        return health != null && "unhealthy".equals(health.getStatus());
    }

    /** In how many milliseconds a check begins and ends at the latest. */
    static long millis(InspectContainerResponse container) {
        HealthCheck check = container.getConfig().getHealthcheck();
        return check == null ? 2 * STANDARD_MILLIS : millis(check.getInterval()) + millis(check.getTimeout());
    }

    private static long millis(Long nanos) {
        return nanos == null || nanos == 0 ? STANDARD_MILLIS : TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
