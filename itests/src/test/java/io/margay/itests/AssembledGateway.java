package io.margay.itests;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemPackages;

import io.margay.launcher.FeaturePlan;
import io.margay.launcher.FrameworkProperties;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
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

    private static final String PYTHON =
            "import sys, platform; print(sys.executable); print(platform.python_version())";
    private static final String NODE = "process.execPath + '\\n' + process.versions.node";

    private AssembledGateway() {}

    static Option[] gateway() throws Exception {
        Path home = Folders.make("margay-it");
        FeaturePlan plan = FeaturePlan.read(INSTALL, List.of("gateway"));
        List<Option> options = new ArrayList<>();
        properties(home, plan)
                .forEach((key, value) -> options.add(frameworkProperty(key).value(value)));
        options.add(systemPackages(FrameworkProperties.SYSTEM_PACKAGES.split(",")));
        for (FeaturePlan.BundleEntry entry : plan.bundles()) {
            options.add(bundle(entry.file().toUri().toString()).startLevel(entry.startLevel() + 1));
        }
        options.add(junitBundles());
        return options(composite(options.toArray(Option[]::new)));
    }

    private static Map<String, String> properties(Path home, FeaturePlan plan) throws IOException {
        Map<String, String> properties = new LinkedHashMap<>(plan.frameworkProperties());
        properties.put("margay.home", home.toString());
        properties.put("margay.install", INSTALL.toString());
        // What is deployed here is watched only where that is the promise.
        properties.put("margay.deployment.soak", "0s");
        // Whatever there is on this machine.
        properties.put("margay.container.engine", "off");
        properties.put("margay.version", FrameworkProperties.VERSION);
        properties.put(
                "margay.run", Files.createDirectories(home.resolve("run/w")).toString());
        properties.put("org.apache.felix.http.host", "127.0.0.1");
        properties.put("org.osgi.service.http.port", Integer.toString(freePort()));
        Map<String, String> runtimes = new LinkedHashMap<>();
        interpreter("python", properties, runtimes, "python3", "-c", PYTHON);
        interpreter("nodejs", properties, runtimes, "node", "-p", NODE);
        properties.put("org.osgi.framework.system.capabilities.extra", FrameworkProperties.capabilities(runtimes));
        return properties;
    }

    /** Asks an interpreter for its path and version, as the launcher does. */
    private static void interpreter(
            String language, Map<String, String> properties, Map<String, String> runtimes, String... command)
            throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            Needs.missing(command[0] + " is not installed");
            return;
        }
        String[] lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\n");
        properties.put("margay.runtime." + language, lines[0]);
        runtimes.put(language, lines[1]);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
