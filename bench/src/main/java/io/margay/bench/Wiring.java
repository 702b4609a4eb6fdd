package io.margay.bench;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import io.margay.api.function.FunctionHandler;
import io.margay.device.internal.DeviceRegistry;
import io.margay.device.internal.DriverHost;
import io.margay.function.Functions.FunctionStatus;
import io.margay.function.internal.FunctionRegistry;
import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.FunctionMode;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.model.TopicFilter;
import io.margay.model.WhenFull;
import io.margay.model.WorkloadId;
import io.margay.router.Routes.RouteStatus;
import io.margay.router.internal.Router;
import io.margay.spi.Generation;
import io.margay.spi.Invoker;
import io.margay.spi.MessageTarget;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkloadSpec;
import io.margay.worker.internal.ProcessWorkerHost;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.ComponentServiceObjects;

/**
 * The gateway's own classes put together without OSGi: the same objects on the way of a call or a report as in the
 * shipped gateway. All that depends on how they are made is in this class.
 */
final class Wiring implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final String ARTEFACT = "0".repeat(64);

    private final BundleContext context;
    private final Router router;
    private final DeviceRegistry devices = new DeviceRegistry();
    private final FunctionRegistry functions;
    private final DriverHost drivers;
    private final List<AutoCloseable> open = new ArrayList<>();
    private long generations;

    /** @param properties framework properties; a worker host asks for some */
    Wiring(Map<String, String> properties) {
        context = FakeOsgi.context(properties);
        router = new Router(null);
        functions = new FunctionRegistry(context, router, devices, null, null);
        drivers = new DriverHost(context, devices, router);
        bind(
                router,
                "addTarget",
                ComponentServiceObjects.class,
                FakeOsgi.services(FakeOsgi.reference(MessageTarget.class, functions, Map.of())));
    }

    /** A gateway that can run Python functions as processes; {@code sdk} is the folder with one SDK a language. */
    static Wiring withProcesses(Path folder, Path sdk, Path python) throws IOException, InterruptedException {
        Files.createDirectories(folder.resolve("install/lib"));
        Files.createSymbolicLink(folder.resolve("install/lib/sdk"), sdk);
        Wiring wiring = new Wiring(Map.of(
                "margay.home", folder.resolve("home").toString(),
                "margay.install", folder.resolve("install").toString(),
                "margay.run", folder.resolve("run").toString(),
                "margay.runtime.python", python.toString()));
        ProcessWorkerHost host = new ProcessWorkerHost(wiring.context);
        wiring.open.add(() -> call(host, "deactivate"));
        bind(wiring.functions, "addWorkerHost", WorkerHost.class, host);
        return wiring;
    }

    Invoker invoker() {
        return functions;
    }

    FunctionStatus function(String name) {
        return functions.find(name).orElseThrow();
    }

    RouteStatus route() {
        return router.list().get(0);
    }

    /** Deploys a Java function that runs in this JVM, one call at a time. */
    void javaFunction(String name, Class<? extends FunctionHandler> handler) throws Exception {
        deploy(new WorkloadSpec(
                WorkloadId.function(name),
                ++generations,
                "1",
                Isolation.BUNDLE,
                Handover.OVERLAP,
                Optional.empty(),
                List.of(),
                settings(name, Language.JAVA, handler.getName(), Isolation.BUNDLE),
                List.of(),
                "1",
                Map.of()));
    }

    /** Deploys an on-demand Python function that runs as a process, until the generation is closed. */
    Generation pythonFunction(String name, Path folder, String handler) throws Exception {
        return deploy(new WorkloadSpec(
                WorkloadId.function(name),
                ++generations,
                "1",
                Isolation.PROCESS,
                Handover.OVERLAP,
                Optional.of(folder),
                List.of(),
                settings(name, Language.PYTHON, handler, Isolation.PROCESS),
                List.of(),
                "1",
                Map.of()));
    }

    private Generation deploy(WorkloadSpec spec) throws Exception {
        Generation generation = functions.create(FakeOsgi.bundle(FunctionHandler.class, null), spec);
        generation.start(START);
        generation.takeOver();
        open.add(generation);
        return generation;
    }

    private static WorkloadSpec.Settings settings(String name, Language language, String handler, Isolation isolation) {
        return new WorkloadSpec.Settings.OfFunction(new EdgeInstance.Function(
                name,
                new EdgeInstance.Code.Artefact(ARTEFACT),
                language,
                Optional.empty(),
                Optional.empty(),
                handler,
                FunctionMode.ON_DEMAND,
                isolation,
                Optional.empty(),
                Duration.ofSeconds(5),
                Duration.ofMinutes(20),
                1,
                1,
                1000,
                Configuration.EMPTY,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE,
                List.of()));
    }

    /** Deploys a driver with one device of a thing model, routed to a function, and gives what it reports through. */
    Device device(Map<String, Object> model, String function) throws Exception {
        EdgeInstance.Product product = new EdgeInstance.Product("boiler", model, Map.of());
        EdgeInstance.Device device = new EdgeInstance.Device(new DeviceId("boiler", "boiler-1"), "bench", Map.of());
        devices.apply(List.of(product), List.of(device));
        router.apply(List.of(new EdgeInstance.Route(
                "reports",
                new Source.OfProduct("boiler"),
                new TopicFilter("/sys/+/+/thing/event/property/post"),
                new Target.ToFunction(function),
                10_000,
                WhenFull.DROP_OLDEST,
                false)));
        ReportingDriver driver = new ReportingDriver();
        Generation generation = drivers.create(
                FakeOsgi.bundle(Driver.class, driver),
                new WorkloadSpec(
                        WorkloadId.driver("bench"),
                        ++generations,
                        "1",
                        Isolation.BUNDLE,
                        Handover.OVERLAP,
                        Optional.empty(),
                        List.of(),
                        new WorkloadSpec.Settings.OfDriver(new EdgeInstance.Driver(
                                "bench",
                                new EdgeInstance.Code.Artefact(ARTEFACT),
                                Language.JAVA,
                                Optional.empty(),
                                Optional.empty(),
                                Isolation.BUNDLE,
                                Optional.empty(),
                                Configuration.EMPTY,
                                Map.of(),
                                Optional.empty(),
                                Optional.empty(),
                                Defaults.NONE)),
                        List.of(new WorkloadSpec.AssignedDevice(device, product)),
                        "1",
                        Map.of()));
        generation.start(START);
        generation.takeOver();
        open.add(generation);
        return driver.device;
    }

    private static final class ReportingDriver implements Driver, DeviceHandler {
        private volatile Device device;

        @Override
        public void start(DriverContext driverContext) {
            device = driverContext.connect(driverContext.devices().get(0), this);
            device.online();
        }

        @Override
        public void stop() {
            device.offline("stopped");
        }

        @Override
        public Map<String, Object> get(List<String> properties) {
            throw new UnsupportedOperationException("the benchmark only reports");
        }

        @Override
        public void set(Map<String, Object> values) {
            throw new UnsupportedOperationException("the benchmark only reports");
        }
    }

    /** Ends everything, the last first. */
    @Override
    public void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        call(functions, "stop");
        call(drivers, "stop");
    }

    /** Does what Declarative Services does for a dynamic reference. */
    private static void bind(Object component, String method, Class<?> type, Object service) {
        try {
            Method found = component.getClass().getDeclaredMethod(method, type);
            found.setAccessible(true);
            found.invoke(component, service);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void call(Object component, String method) throws Exception {
        Method found = component.getClass().getDeclaredMethod(method);
        found.setAccessible(true);
        try {
            found.invoke(component);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(method + " of " + component, e.getCause());
        }
    }
}
