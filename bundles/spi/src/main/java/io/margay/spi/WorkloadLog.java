package io.margay.spi;

import io.margay.model.WorkloadId;
import java.time.Instant;
import org.osgi.annotation.versioning.ProviderType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Names the loggers of workloads, so that {@code telemetry} knows whose a line is. */
@ProviderType
public final class WorkloadLog {
    /** What the logger of each workload starts with; {@code KIND.NAME} follows. */
    public static final String PREFIX = "workload.";

    /** The key of the {@link Instant} at which a line was written, where it is told later. */
    public static final String AT = "at";

    private WorkloadLog() {}

    public static Logger of(WorkloadId workload) {
        return LoggerFactory.getLogger(PREFIX + workload.kind().word() + "." + workload.name());
    }

    /** Writes a line at a level that is known at run time only. */
    public static void write(WorkloadId workload, Level level, String line) {
        write(workload, level, line, null);
    }

    /**
     * Writes a line that may be told later than it was written.
     *
     * @param at when it was written; null for now
     */
    public static void write(WorkloadId workload, Level level, String line, Instant at) {
        LoggingEventBuilder event = of(workload).atLevel(level);
        (at == null ? event : event.addKeyValue(AT, at)).log(line);
    }
}
