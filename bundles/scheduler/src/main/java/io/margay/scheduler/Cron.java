package io.margay.scheduler;

import io.margay.model.EdgeInstance;
import java.time.ZonedDateTime;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Cron triggers. Thread-safe. */
@ProviderType
public interface Cron {
    /**
     * A timer and when it fires.
     *
     * @param next the next firings, at most five
     * @param fired how often it called its function since it was made
     * @param skipped firings that called nothing since it was made, as the call of the former one had not ended: left out,
     *     or merged into the one that waited
     */
    record TimerStatus(String function, EdgeInstance.Timer timer, List<ZonedDateTime> next, long fired, long skipped) {}

    List<TimerStatus> list();

    /** Makes the timers of these functions the timers. Timers that stay go on. Called by the deployer. */
    void apply(List<EdgeInstance.Function> functions);
}
