package io.margay.deployer.internal;

import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Installs and uninstalls the copies of workloads. */
final class Installer {
    private static final Logger LOG = LoggerFactory.getLogger(Installer.class);
    private static final String LOCATION = "margay-workload:";
    private static final long REFRESH_SECONDS = 20;

    private final BundleContext context;
    private final FrameworkWiring wiring;
    private final Packages packages;
    private final Map<WorkloadId, Long> generations = new ConcurrentHashMap<>();

    Installer(BundleContext context, Packages packages) {
        this.context = context;
        this.wiring = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
        this.packages = packages;
    }

    /** The number of the next copy of a workload. */
    long nextGeneration(WorkloadId id) {
        return generations.merge(id, 1L, Long::sum);
    }

    /** The framework says that it could not, and only the cause says why. */
    private static String words(Exception e) {
        return e.getCause() instanceof IOException cause ? e.getMessage() + ": " + cause.getMessage() : e.getMessage();
    }

    /**
     * Installs and resolves a copy; it is not started.
     *
     * @throws InvalidException it does not resolve; nothing of it is left
     */
    Bundle install(Parts workload, PackageInfo info, long generation) throws InvalidException {
        Manifest manifest =
                clashes(info.manifest()) ? Manifests.withGeneration(info.manifest(), generation) : info.manifest();
        String location = LOCATION + workload.id() + "/" + generation;
        Bundle bundle;
        try {
            bundle = info.inJvm() ? installJar(location, info, manifest) : installCarrier(location, manifest);
        } catch (IOException | BundleException e) {
            throw new InvalidException(workload.path(), workload.title() + " can't be installed: " + words(e));
        }
        if (!wiring.resolveBundles(List.of(bundle))) {
            String why = whyNotResolved(bundle);
            uninstall(bundle);
            throw new InvalidException(workload.path(), workload.title() + " does not resolve: " + why);
        }
        return bundle;
    }

    private boolean clashes(Manifest manifest) {
        String name = manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME);
        Version version = Version.parseVersion(manifest.getMainAttributes().getValue(Constants.BUNDLE_VERSION));
        for (Bundle bundle : context.getBundles()) {
            if (name.equals(bundle.getSymbolicName()) && version.equals(bundle.getVersion())) {
                return true;
            }
        }
        return false;
    }

    private Bundle installCarrier(String location, Manifest manifest) throws IOException, BundleException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new JarOutputStream(bytes, manifest).close();
        return context.installBundle(location, new ByteArrayInputStream(bytes.toByteArray()));
    }

    private Bundle installJar(String location, PackageInfo info, Manifest manifest)
            throws IOException, BundleException {
        Path rewritten = packages.temporary();
        try {
            new JavaCopy(info.file(), info.java(), manifest).write(rewritten, packages.temporary());
            try (InputStream in = Files.newInputStream(rewritten)) {
                return context.installBundle(location, in);
            }
        } finally {
            Files.deleteIfExists(rewritten);
        }
    }

    /** Only an attempt to start tells why; it ends in the same failure. */
    private static String whyNotResolved(Bundle bundle) {
        try {
            bundle.start(Bundle.START_TRANSIENT);
            return "no reason is known";
        } catch (BundleException e) {
            return e.getMessage();
        }
    }

    /** What else would stop with these bundles. */
    Collection<Bundle> tiedTo(Collection<Bundle> bundles) {
        Collection<Bundle> closure = new java.util.HashSet<>(wiring.getDependencyClosure(bundles));
        closure.removeAll(bundles);
        return closure;
    }

    /** Uninstalls a copy and waits until its class loader is let go. Never fails; what can't be done is logged. */
    void uninstall(Bundle bundle) {
        try {
            if (bundle.getState() != Bundle.UNINSTALLED) {
                bundle.uninstall();
            }
            CountDownLatch refreshed = new CountDownLatch(1);
            wiring.refreshBundles(List.of(bundle), event -> {
                if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                    refreshed.countDown();
                }
            });
            if (!refreshed.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The classes of {} were not let go of in {} s", bundle, REFRESH_SECONDS);
            }
        } catch (BundleException e) {
            LOG.warn("{} can't be uninstalled", bundle, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("Interrupted while the classes of {} were let go of", bundle);
        }
    }

    /** Uninstalls the copies that the framework kept from before; the store says what to run. */
    void uninstallLeftovers() {
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getLocation().startsWith(LOCATION)) {
                uninstall(bundle);
            }
        }
    }
}
