package io.margay.launcher;

import io.margay.launcher.FeaturePlan.BundleEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * A JVM for one workload: a framework with the bundles of the feature {@code host}. The gateway starts it as a worker; it
 * ends when that says so, or is gone for long.
 */
public final class Host {
    private static final String SOCKET = "MARGAY_SOCKET";
    private static final String FEATURE = "host";

    private Host() {}

    /** Takes nothing from the command line; {@code MARGAY_SOCKET} and the system properties of the gateway's command say all. */
    public static void main(String[] arguments) throws Exception {
        Path install = Path.of(System.getProperty("margay.install"));
        Path socket = Path.of(System.getenv(SOCKET));
        if (System.getenv("MARGAY_ANNOUNCE") != null) {
            Announcement.send(Path.of("/proc/net/route"), Announcement.DISCARD);
        }
        try {
            run(install, Path.of(System.getProperty("margay.cache")), socket);
            System.exit(0);
        } catch (LaunchException | BundleException e) {
            System.err.println("the host JVM can't be started: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void run(Path install, Path cache, Path socket)
            throws LaunchException, BundleException, InterruptedException {
        FeaturePlan plan = new FeatureCache(install, cache.resolve("host.plan")).read(List.of(FEATURE));
        Map<String, String> properties = new LinkedHashMap<>(plan.frameworkProperties());
        properties.putAll(FrameworkProperties.common(Map.of()));
        properties.put("margay.socket", socket.toString());
        // Beside the socket, in the worker's own folder, which goes with it; a container has another place.
        properties.put(
                Constants.FRAMEWORK_STORAGE,
                System.getProperty(
                        "margay.storage",
                        socket.resolveSibling("felix").toAbsolutePath().toString()));
        Framework framework = new FrameworkFactory().newFramework(properties);
        framework.init();
        BundleContext context = framework.getBundleContext();
        framework.start();
        List<Bundle> bundles = new ArrayList<>();
        for (BundleEntry entry : plan.bundles()) {
            bundles.add(context.installBundle("reference:" + entry.file().toUri()));
        }
        framework.adapt(FrameworkWiring.class).resolveBundles(bundles);
        for (Bundle bundle : bundles) {
            bundle.start();
        }
        framework.waitForStop(0);
    }
}
