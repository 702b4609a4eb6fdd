package io.margay.itests;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** All that a deployment may change, to be compared: what only planned or refused may not have changed any of it. */
record GatewayState(
        Set<String> bundles,
        Set<String> processes,
        Map<String, String> configurations,
        List<Deployer.WorkloadStatus> workloads,
        List<Devices.DeviceStatus> devices,
        List<Routes.RouteStatus> routes,
        List<Functions.FunctionStatus> functions,
        List<String> timers,
        String current) {

    static GatewayState of(BundleContext context) throws Exception {
        return new GatewayState(
                bundlesOf(context),
                children(),
                configurationsOf(context),
                get(context, Deployer.class).workloads(),
                get(context, Devices.class).list(),
                get(context, Routes.class).list(),
                get(context, Functions.class).list(),
                get(context, Cron.class).list().stream()
                        .map(timer -> timer.function() + " " + timer.timer())
                        .toList(),
                get(context, Deployer.class).current().toString());
    }

    /** The services of now: a component that was started again is another. */
    static <T> T get(BundleContext context, Class<T> type) {
        return context.getService(context.getServiceReference(type));
    }

    private static Set<String> bundlesOf(BundleContext context) {
        Set<String> bundles = new TreeSet<>();
        for (Bundle bundle : context.getBundles()) {
            bundles.add(bundle.getBundleId() + " " + bundle + " state " + bundle.getState() + " of "
                    + bundle.getLastModified());
        }
        return bundles;
    }

    private static Set<String> children() {
        Set<String> processes = new TreeSet<>();
        workers().forEach(process -> processes.add(process.toString()));
        return processes;
    }

    private static Map<String, String> configurationsOf(BundleContext context) throws Exception {
        Map<String, String> configurations = new TreeMap<>();
        Configuration[] all = get(context, ConfigurationAdmin.class).listConfigurations(null);
        if (all != null) {
            Arrays.stream(all)
                    .forEach(configuration -> configurations.put(
                            configuration.getPid(),
                            configuration.getChangeCount() + " " + configuration.getProperties()));
        }
        return configurations;
    }

    /**
     * All below this one but a template of Python, which is there when a worker is expected to be wanted, and is none; what it
     * forks is its child, not the gateway's. One that is just ending has no command line any more, and is nobody's.
     */
    static Stream<ProcessHandle> workers() {
        ProcessHandle gateway = ProcessHandle.current();
        return gateway.descendants()
                .filter(each -> each.info().commandLine().isPresent())
                .filter(each -> !(each.parent().filter(gateway::equals).isPresent()
                        && each.info().commandLine().orElse("").contains("--template")));
    }
}
