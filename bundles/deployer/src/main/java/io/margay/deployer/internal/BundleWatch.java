package io.margay.deployer.internal;

import io.margay.spi.GenerationStatus;
import io.margay.spi.WorkloadException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a workload follow its bundle when somebody else than the deployer stops, starts or uninstalls it, as in the web
 * console. What the deployer itself does comes on the thread that holds its lock.
 */
final class BundleWatch implements SynchronousBundleListener {
    private static final Logger LOG = LoggerFactory.getLogger(BundleWatch.class);
    /** The framework waits for this listener while it stops a bundle, and a deployment may wait for the framework. */
    private static final long LOCK_SECONDS = 10;

    private final ReentrantLock lock;
    private final ExecutorService executor;
    private final Swap swap;
    private final Table table;
    private final Configurations configurations;

    BundleWatch(ReentrantLock lock, ExecutorService executor, Swap swap, Table table, Configurations configurations) {
        this.lock = lock;
        this.executor = executor;
        this.swap = swap;
        this.table = table;
        this.configurations = configurations;
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        if (lock.isHeldByCurrentThread() || row(event.getBundle()).isEmpty()) {
            return;
        }
        switch (event.getType()) {
            case BundleEvent.STOPPING -> stopping(event.getBundle());
            case BundleEvent.STARTED -> later(() -> started(event.getBundle()));
            case BundleEvent.UNINSTALLED -> later(() -> uninstalled(event.getBundle()));
            default -> {}
        }
    }

    private void later(Runnable action) {
        try {
            executor.execute(() -> {
                lock.lock();
                try {
                    action.run();
                } finally {
                    lock.unlock();
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("The deployer has stopped");
        }
    }

    /** Before the bundle's components go, on the thread that stops it. */
    private void stopping(Bundle bundle) {
        boolean locked = false;
        try {
            locked = lock.tryLock(LOCK_SECONDS, TimeUnit.SECONDS);
            if (!locked) {
                LOG.warn("{} was stopped while a deployment was under way", bundle);
                return;
            }
            row(bundle).filter(row -> row.copy().generation() != null).ifPresent(row -> {
                swap.release(row.copy());
                swap.close(row.copy());
                stopped(row, "its bundle was stopped by an administrator; start it, or apply a change");
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("Interrupted while {} was stopped", bundle);
        } finally {
            if (locked) {
                lock.unlock();
            }
        }
    }

    private void started(Bundle bundle) {
        row(bundle)
                .filter(row -> row.copy().generation() == null && bundle.getState() == Bundle.ACTIVE)
                .ifPresent(row -> {
                    Transaction transaction = new Transaction();
                    try {
                        swap.begin(transaction, row.copy());
                        transaction.commit();
                        table.running(row.parts(), row.copy());
                    } catch (WorkloadException | RuntimeException e) {
                        List<Exception> more = transaction.rollBack();
                        more.forEach(e::addSuppressed);
                        LOG.error("{} does not start: {}", row.parts().title(), e.getMessage(), e);
                        table.stopped(
                                row.parts(), row.copy(), GenerationStatus.State.FAILED, String.valueOf(e.getMessage()));
                    }
                });
    }

    private void uninstalled(Bundle bundle) {
        row(bundle).ifPresent(row -> {
            swap.close(row.copy());
            configurations.delete(bundle, row.parts().id());
            table.failed(
                    row.parts(), "its bundle was uninstalled by an administrator; apply again to bring it back", 0);
        });
    }

    private void stopped(Table.Row row, String reason) {
        table.stopped(row.parts(), row.copy(), GenerationStatus.State.STOPPED, reason);
    }

    private Optional<Table.Row> row(Bundle bundle) {
        return table.rows().stream()
                .filter(row -> row.copy() != null && row.copy().bundle().equals(bundle))
                .findFirst();
    }
}
