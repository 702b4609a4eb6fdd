package io.margay.device.internal;

import io.margay.model.Isolation;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.MessageRouter;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadSpec;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Hosts drivers: those of JVM bundles by their {@code Driver} service, all others through a worker. */
@Component(service = WorkloadHost.class, property = "kind=driver")
public final class DriverHost implements WorkloadHost {
    /** What generations need of the gateway. */
    record Surroundings(
            DeviceRegistry registry, MessageRouter router, BundleContext context, ScheduledExecutorService keeper) {}

    private final Surroundings surroundings;
    private final List<WorkerHost> workerHosts = new CopyOnWriteArrayList<>();

    @Activate
    public DriverHost(BundleContext context, @Reference DeviceRegistry registry, @Reference MessageRouter router) {
        surroundings = new Surroundings(
                registry,
                router,
                context,
                new ScheduledThreadPoolExecutor(1, registry.threads().factory("driver keeper")));
    }

    @Deactivate
    void stop() {
        surroundings.keeper().shutdownNow();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addWorkerHost(WorkerHost host) {
        workerHosts.add(host);
    }

    void removeWorkerHost(WorkerHost host) {
        workerHosts.remove(host);
    }

    @Override
    public WorkloadId.Kind kind() {
        return WorkloadId.Kind.DRIVER;
    }

    @Override
    public Generation create(Bundle bundle, WorkloadSpec spec) throws WorkloadException {
        if (spec.isolation() == Isolation.BUNDLE) {
            return new JvmDriver(bundle, spec, surroundings);
        }
        for (WorkerHost host : workerHosts) {
            if (host.isolation() == spec.isolation()) {
                return new WorkerDriver(spec, surroundings, host);
            }
        }
        throw new WorkloadException(spec.id() + " is to run as "
                + spec.isolation().word() + ", which this gateway can't do now; choose another isolation");
    }
}
