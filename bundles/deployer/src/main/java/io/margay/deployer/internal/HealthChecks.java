package io.margay.deployer.internal;

import io.margay.deployer.Deployer.WorkloadHealth;
import io.margay.model.DeviceId;
import io.margay.model.WorkloadId;
import io.margay.spi.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.felix.hc.api.HealthCheck;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/** One health check a workload: a service for whoever looks for such, and run here, several at a time. Thread-safe. */
final class HealthChecks implements AutoCloseable {
    private static final int AT_A_TIME = 8;

    private record Registered(WorkloadCheck check, ServiceRegistration<HealthCheck> registration) {}

    private final BundleContext context;
    private final Table table;
    private final Map<WorkloadId, Registered> checks = new TreeMap<>();
    private final ThreadPoolExecutor threads;
    private boolean closed;

    HealthChecks(BundleContext context, Table table) {
        this.context = context;
        this.table = table;
        threads =
                new ThreadPoolExecutor(AT_A_TIME, AT_A_TIME, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(null, task, "margay-health", 0, false);
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        table.onChange(this::follow);
    }

    /** One for each workload of the table, and no more. */
    private synchronized void follow() {
        if (closed) {
            return;
        }
        Set<WorkloadId> gone = new HashSet<>(checks.keySet());
        for (Table.Row row : table.rows()) {
            WorkloadId id = row.parts().id();
            if (!gone.remove(id)) {
                WorkloadCheck check = new WorkloadCheck(id, table);
                checks.put(id, new Registered(check, context.registerService(HealthCheck.class, check, named(id))));
            }
        }
        gone.forEach(id -> checks.remove(id).registration().unregister());
    }

    private static Dictionary<String, ?> named(WorkloadId id) {
        return FrameworkUtil.asDictionary(
                Map.of(HealthCheck.NAME, id.kind().word() + " " + id.name(), HealthCheck.TAGS, new String[] {
                    "workload", id.kind().word(), id.name()
                }));
    }

    /** What must answer beside each workload; the others need no device to. */
    synchronized void require(Map<WorkloadId, Set<DeviceId>> devices) {
        checks.forEach((id, registered) -> registered.check().require(devices.getOrDefault(id, Set.of())));
    }

    synchronized Set<WorkloadId> all() {
        return Set.copyOf(checks.keySet());
    }

    private synchronized WorkloadCheck check(WorkloadId id) {
        Registered registered = checks.get(id);
        return registered == null ? new WorkloadCheck(id, table) : registered.check();
    }

    /** Asks them and waits for the answers. @return in the order of kinds and names */
    List<WorkloadHealth> run(Collection<WorkloadId> ids) {
        List<CompletableFuture<WorkloadHealth>> asked = new ArrayList<>();
        ids.stream().sorted().forEach(id -> {
            WorkloadCheck check = check(id);
            try {
                asked.add(CompletableFuture.supplyAsync(() -> ask(id, check), threads));
            } catch (RejectedExecutionException e) {
                asked.add(CompletableFuture.completedFuture(new WorkloadHealth(
                        id, Health.critical("it can't be asked: the deployer has stopped"), Duration.ZERO)));
            }
        });
        return asked.stream().map(CompletableFuture::join).toList();
    }

    private static WorkloadHealth ask(WorkloadId id, WorkloadCheck check) {
        long begun = System.nanoTime();
        Health health = check.ask();
        return new WorkloadHealth(id, health, Duration.ofNanos(System.nanoTime() - begun));
    }

    @Override
    public synchronized void close() {
        closed = true;
        checks.values().forEach(registered -> registered.registration().unregister());
        checks.clear();
        threads.shutdown();
    }
}
