package io.margay.itests;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.mavenBundle;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemPackages;

import io.margay.launcher.FeaturePlan;
import io.margay.launcher.FrameworkProperties;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ops4j.pax.exam.Option;

/** The shipped gateway as Pax Exam options: the same features, bundles and framework properties. */
final class AssembledGateway {
    private static final Path INSTALL = Path.of(System.getProperty("margay.install"));

    private AssembledGateway() {}

    static Option[] gateway() throws Exception {
        Path home = Files.createTempDirectory("margay-it");
        FeaturePlan plan = FeaturePlan.read(INSTALL, List.of("gateway"));
        List<Option> options = new ArrayList<>();
        properties(home, plan)
                .forEach((key, value) -> options.add(frameworkProperty(key).value(value)));
        options.add(systemPackages(FrameworkProperties.SYSTEM_PACKAGES.split(",")));
        for (FeaturePlan.BundleEntry entry : plan.bundles()) {
            options.add(bundle(entry.file().toUri().toString()).startLevel(entry.startLevel() + 1));
        }
        options.add(mavenBundle("org.apache.servicemix.bundles", "org.apache.servicemix.bundles.junit", "4.13.2_1"));
        return options(composite(options.toArray(Option[]::new)));
    }

    private static Map<String, String> properties(Path home, FeaturePlan plan) throws IOException {
        Map<String, String> properties = new LinkedHashMap<>(plan.frameworkProperties());
        properties.put("margay.home", home.toString());
        properties.put("margay.install", INSTALL.toString());
        properties.put("margay.version", FrameworkProperties.VERSION);
        properties.put(
                "margay.run", Files.createDirectories(home.resolve("run/w")).toString());
        properties.put("org.apache.felix.http.host", "127.0.0.1");
        properties.put("org.osgi.service.http.port", Integer.toString(freePort()));
        Map<String, String> runtimes = new LinkedHashMap<>();
        properties.put("org.osgi.framework.system.capabilities.extra", FrameworkProperties.capabilities(runtimes));
        return properties;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
