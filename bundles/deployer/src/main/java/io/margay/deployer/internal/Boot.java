package io.margay.deployer.internal;

import io.margay.deployer.internal.Application.Surroundings;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.WorkloadId;
import io.margay.spi.HostAwayException;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings up the current edge instance when the gateway starts. A workload that fails stops no other: it is tried again,
 * after one second first and after a minute at most; one that lacks a container engine, as soon as there is one.
 */
final class Boot {
    private static final Logger LOG = LoggerFactory.getLogger(Boot.class);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final ReentrantLock lock;
    private final ScheduledExecutorService executor;
    private final InstanceReader reader;
    private final DocumentStore documents;
    private final Surroundings surroundings;
    private final Packages packages;
    private final Installer installer;
    private final Workloads workloads;
    private final Table table;
    private final Engine engine;
    private final Duration first;

    Boot(
            ReentrantLock lock,
            ScheduledExecutorService executor,
            InstanceReader reader,
            DocumentStore documents,
            Surroundings surroundings,
            Packages packages,
            Installer installer,
            Workloads workloads,
            Table table,
            Engine engine,
            Duration first) {
        this.lock = lock;
        this.executor = executor;
        this.reader = reader;
        this.documents = documents;
        this.surroundings = surroundings;
        this.packages = packages;
        this.installer = installer;
        this.workloads = workloads;
        this.table = table;
        this.engine = engine;
        this.first = first;
    }

    /** The edge instance of before; empty when there was none or it can't be read, which is logged. */
    EdgeInstance load() {
        installer.uninstallLeftovers();
        try {
            Optional<byte[]> document = documents.read(GatewayDeployer.CURRENT);
            return document.isEmpty()
                    ? EdgeInstance.EMPTY
                    : reader.read(new String(document.get(), StandardCharsets.UTF_8), Map.of());
        } catch (IOException | InvalidException e) {
            LOG.error("The edge instance can't be read; nothing is started. Apply it again: {}", e.getMessage(), e);
            return EdgeInstance.EMPTY;
        }
    }

    /** Starts everything, under the lock. */
    void start(EdgeInstance instance) {
        try {
            surroundings.devices().apply(instance.products(), instance.devices());
        } catch (InvalidException e) {
            LOG.error("The devices can't be set up: {}", e.getMessage(), e);
        }
        // Before all that sends: its first messages are to find their way, and wait for their functions.
        surroundings.routes().apply(instance.routes());
        if (!instance.equals(EdgeInstance.EMPTY)) { // which it is too where the document can't be read
            surroundings.routes().forget();
        }
        Map<WorkloadId, Parts> all = Parts.of(instance);
        start(all, WorkloadId.Kind.FUNCTION);
        start(all, WorkloadId.Kind.DRIVER);
        surroundings.cron().apply(instance.functions());
        LOG.info("Edge instance {} is up", instance.name());
    }

    private void start(Map<WorkloadId, Parts> all, WorkloadId.Kind kind) {
        all.values().stream().filter(p -> p.id().kind() == kind).forEach(parts -> start(parts, 0));
    }

    /** @param wanted in whatever place: each try settles it anew, as an engine may have come or gone */
    private void start(Parts wanted, int failures) {
        if (executor.isShutdown()) {
            return;
        }
        Placement placement = Placement.now(engine, table, Set.of(wanted.id()));
        Parts parts = wanted.in(placement.wanted(wanted));
        Transaction transaction = new Transaction();
        try {
            Copy copy = workloads.prepare(transaction, parts, packages.inspect(parts, placement.engine()));
            workloads.startDeployed(transaction, copy);
            transaction.commit();
            String kept = NotKept.of(parts, placement.engine());
            if (!kept.isEmpty()) {
                WorkloadLog.write(parts.id(), Level.WARN, "after the gateway's start" + kept);
            }
        } catch (InvalidException | WorkloadException | RuntimeException e) {
            List<Exception> more = transaction.rollBack();
            more.forEach(e::addSuppressed);
            Duration wait = wait(failures);
            boolean lacksEngine = e instanceof HostAwayException
                    || (parts.place() == Isolation.CONTAINER
                            && !placement.engine().status().ready());
            LOG.error(
                    "{} does not start, next try in {} ms{}: {}",
                    parts.title(),
                    wait.toMillis(),
                    lacksEngine ? " at the latest" : "",
                    e.getMessage());
            // What is refused says all in its message; the rest is a fault of code and is worth its trace, once.
            if (e instanceof RuntimeException && failures == 0) {
                LOG.error("The trace of {}", parts.title(), e);
            }
            table.failed(parts, String.valueOf(e.getMessage()), failures + 1);
            if (lacksEngine) {
                engine.back(placement.engine(), wait)
                        .thenAcceptAsync(back -> retry(parts, back ? 0 : failures + 1), executor);
            } else {
                again(parts, failures + 1, wait);
            }
        }
    }

    private Duration wait(int failures) {
        Duration wait = first.multipliedBy(1L << Math.min(failures, 10));
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }

    private void again(Parts parts, int failures, Duration wait) {
        try {
            var unused = executor.schedule(() -> retry(parts, failures), wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The deployer has stopped; {} is not tried again", parts.title());
        }
    }

    private void retry(Parts parts, int failures) {
        lock.lock();
        try {
            boolean stillWanted = table.find(parts.id())
                    .filter(row -> row.copy() == null && row.parts().equals(parts))
                    .isPresent();
            if (stillWanted) {
                start(parts, failures);
            }
        } finally {
            lock.unlock();
        }
    }
}
