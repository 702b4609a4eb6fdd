package io.margay.deployer.internal;

import io.margay.model.DeviceId;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import io.margay.spi.Health;
import io.margay.spi.OwnThread;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a workload, whichever generation of it runs now, whether it works. */
final class WorkloadCheck implements HealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(WorkloadCheck.class);

    /** Of each question; a small machine that starts many processes at once answers late. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final WorkloadId id;
    private final Table table;
    private volatile Set<DeviceId> devices = Set.of();

    WorkloadCheck(WorkloadId id, Table table) {
        this.id = id;
        this.table = table;
    }

    /** Devices that must answer, too, from now on. */
    void require(Set<DeviceId> required) {
        devices = required;
    }

    Health ask() {
        Table.Row row = table.find(id).orElse(null);
        if (row == null) {
            return Health.critical("it is not there yet, or not any more");
        }
        if (row.problem() != null) {
            return Health.notRunning(row.problem());
        }
        Generation generation = row.copy().generation();
        if (generation == null) {
            return Health.notRunning(
                    new GenerationStatus(GenerationStatus.State.STOPPED, "", Instant.now(), List.of(), 0));
        }
        try {
            return generation.probe(devices, TIMEOUT);
        } catch (RuntimeException e) {
            LOG.error("{} can't be asked whether it works", id, e);
            return Health.critical("it can't be asked: " + OwnThread.describe(e));
        }
    }

    @Override
    public Result execute() {
        Health health = ask();
        return new Result(Result.Status.valueOf(health.status().name()), health.message());
    }
}
