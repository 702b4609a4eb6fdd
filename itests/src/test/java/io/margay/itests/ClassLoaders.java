package io.margay.itests;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;

/** Keeps a weak hold on the class loaders of workloads, to see that they are collected once nobody runs their code. */
final class ClassLoaders {
    private final BundleContext context;
    private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();

    ClassLoaders(BundleContext context) {
        this.context = context;
    }

    /** Remembers those of the workloads that run now. */
    void remember() {
        for (Bundle bundle : context.getBundles()) {
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            if (bundle.getSymbolicName().startsWith("io.margay.workload.") && wiring != null) {
                loaders.add(new WeakReference<>(wiring.getClassLoader()));
            }
        }
    }

    /** How many can't be collected. */
    int leaked() {
        for (int i = 0; i < 50 && loaders.stream().anyMatch(loader -> loader.get() != null); i++) {
            System.gc();
            LockSupport.parkNanos(100_000_000);
        }
        return (int) loaders.stream().filter(loader -> loader.get() != null).count();
    }
}
