package io.margay.spi;

import io.margay.model.WorkloadId;
import org.osgi.annotation.versioning.ProviderType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Names the loggers of workloads, so that {@code telemetry} knows whose a line is. */
@ProviderType
public final class WorkloadLog {
    /** What the logger of each workload starts with; {@code KIND.NAME} follows. */
    public static final String PREFIX = "workload.";

    private WorkloadLog() {}

    public static Logger of(WorkloadId workload) {
        return LoggerFactory.getLogger(PREFIX + workload.kind().word() + "." + workload.name());
    }

    /** Writes a line at a level that is known at run time only. */
    public static void write(WorkloadId workload, Level level, String line) {
        of(workload).atLevel(level).log(line);
    }
}
