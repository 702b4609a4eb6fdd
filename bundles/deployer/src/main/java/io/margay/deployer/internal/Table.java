package io.margay.deployer.internal;

import io.margay.deployer.Deployer.WorkloadStatus;
import io.margay.model.Isolation;
import io.margay.model.Limits;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/** The workloads of the current edge instance and what has become of each. Read from any thread. */
final class Table {
    /**
     * A workload.
     *
     * @param copy its copy; null when none could be started or it was uninstalled
     * @param problem why it does not run; null when it does
     */
    record Row(Parts parts, Copy copy, GenerationStatus problem) {}

    private final Map<WorkloadId, Row> rows = new ConcurrentSkipListMap<>();
    private volatile Runnable changed = () -> {};

    /** Called after a workload came or went, on the thread that made it so. */
    void onChange(Runnable action) {
        changed = action;
    }

    private void put(Row row) {
        if (rows.put(row.parts().id(), row) == null) {
            changed.run();
        }
    }

    void running(Parts parts, Copy copy) {
        put(new Row(parts, copy, null));
    }

    /** The workload has no copy. */
    void failed(Parts parts, String reason, int tries) {
        GenerationStatus.State state = tries > 0 ? GenerationStatus.State.BACKOFF : GenerationStatus.State.FAILED;
        put(new Row(parts, null, new GenerationStatus(state, reason, Instant.now(), List.of(), tries)));
    }

    /** The workload has a copy, which does not run. */
    void stopped(Parts parts, Copy copy, GenerationStatus.State state, String reason) {
        put(new Row(parts, copy, new GenerationStatus(state, reason, Instant.now(), List.of(), 0)));
    }

    void remove(WorkloadId id) {
        if (rows.remove(id) != null) {
            changed.run();
        }
    }

    /** Puts a row back as it was. */
    void restore(WorkloadId id, Optional<Row> row) {
        row.ifPresentOrElse(this::put, () -> remove(id));
    }

    Optional<Row> find(WorkloadId id) {
        return Optional.ofNullable(rows.get(id));
    }

    Optional<Copy> copy(WorkloadId id) {
        return find(id).map(Row::copy);
    }

    Collection<Row> rows() {
        return List.copyOf(rows.values());
    }

    /**
     * Those that should run, have no copy, and are not tried again by themselves: the next apply does. One that is tried
     * again must not keep people from deploying something else.
     */
    Set<WorkloadId> absent() {
        return rows.values().stream()
                .filter(row -> row.copy() == null && row.problem().state() == GenerationStatus.State.FAILED)
                .map(row -> row.parts().id())
                .collect(Collectors.toSet());
    }

    List<WorkloadStatus> statuses() {
        return rows.values().stream().map(Table::status).toList();
    }

    private static WorkloadStatus status(Row row) {
        Parts parts = row.parts();
        Copy copy = row.copy();
        Generation generation = copy == null ? null : copy.generation();
        GenerationStatus status = row.problem();
        if (status == null) {
            status = generation == null
                    ? new GenerationStatus(GenerationStatus.State.STOPPED, "", Instant.now(), List.of(), 0)
                    : generation.status();
        }
        Isolation place = copy == null ? parts.place() : copy.spec().isolation();
        return new WorkloadStatus(
                parts.id(),
                copy == null ? 0 : copy.spec().generation(),
                copy == null ? parts.version().orElse("") : copy.spec().version(),
                parts.code().toString(),
                parts.language().word(),
                place.word(),
                place == Isolation.CONTAINER ? Optional.of(parts.containerSettings()) : Optional.empty(),
                place == Isolation.BUNDLE
                        ? Optional.empty()
                        : Optional.of(
                                copy == null
                                        ? parts.limit()
                                                .orElseGet(() -> Limits.defaultMemory(
                                                        parts.id().kind()))
                                        : copy.spec().memoryMegabytes()),
                status);
    }
}
