package io.margay.device.internal;

import io.margay.api.driver.Driver;
import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.Handover;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.Message;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** Drivers without a framework: bundles of one service each. */
final class Fixture implements AutoCloseable {
    private static final Map<String, Object> MODEL = Map.of(
            "properties",
            List.of(
                    Map.of("identifier", "temperature", "accessMode", "r", "dataType", Map.of("type", "double")),
                    Map.of("identifier", "target", "accessMode", "w", "dataType", Map.of("type", "double"))),
            "events",
            List.of(Map.of(
                    "identifier",
                    "alarm",
                    "outputData",
                    List.of(Map.of("identifier", "code", "dataType", Map.of("type", "int"))))),
            "services",
            List.of(Map.of("identifier", "reset")));
    private static final EdgeInstance.Product BOILER = new EdgeInstance.Product("boiler", MODEL, Map.of());

    final BlockingQueue<Message> published = new LinkedBlockingQueue<>();
    final DeviceRegistry registry = new DeviceRegistry();
    final DriverHost host;
    private final List<EdgeInstance.Device> devices = new ArrayList<>();
    private final List<Generation> generations = new ArrayList<>();

    Fixture() {
        BundleContext context = (BundleContext) proxy(
                BundleContext.class,
                (self, method, arguments) -> method.getName().equals("getService")
                        ? ((FakeReference) Proxy.getInvocationHandler(arguments[0])).driver()
                        : method.getName().equals("ungetService") ? true : null);
        host = new DriverHost(context, registry, published::add);
        apply(1);
    }

    /** The one service of a bundle. */
    private record FakeReference(Driver driver) implements InvocationHandler {
        @Override
        public Object invoke(Object self, java.lang.reflect.Method method, Object[] arguments) {
            switch (method.getName()) {
                case "getProperty":
                    return arguments[0].equals("objectClass") ? new String[] {Driver.class.getName()} : null;
                case "equals":
                    return self == arguments[0];
                default:
                    return method.getReturnType() == int.class ? 1 : null;
            }
        }
    }

    private static Object proxy(Class<?> type, InvocationHandler handler) {
        return Proxy.newProxyInstance(Fixture.class.getClassLoader(), new Class<?>[] {type}, handler);
    }

    void apply(int count) {
        devices.clear();
        for (int i = 1; i <= count; i++) {
            devices.add(new EdgeInstance.Device(new DeviceId("boiler", "boiler-" + i), "d", Map.of()));
        }
        try {
            registry.apply(List.of(BOILER), devices);
        } catch (InvalidException e) {
            throw new AssertionError(e);
        }
    }

    WorkloadSpec spec(Isolation isolation) {
        EdgeInstance.Driver driver = new EdgeInstance.Driver(
                "d",
                new Code.BuiltIn("d"),
                Language.JAVA,
                Optional.empty(),
                Optional.empty(),
                isolation,
                Optional.empty(),
                Configuration.EMPTY,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE);
        return new WorkloadSpec(
                WorkloadId.driver("d"),
                1,
                "1",
                isolation,
                Handover.OVERLAP,
                Optional.of(Path.of("unpacked")),
                List.of(),
                new WorkloadSpec.Settings.OfDriver(driver),
                devices.stream()
                        .map(device -> new WorkloadSpec.AssignedDevice(device, BOILER))
                        .toList(),
                "r",
                Map.of());
    }

    Generation create(Driver driver) throws WorkloadException {
        Object reference = proxy(ServiceReference.class, new FakeReference(driver));
        Bundle bundle = (Bundle) proxy(Bundle.class, (self, method, arguments) -> {
            switch (method.getName()) {
                case "getBundleId":
                    return 1L;
                case "getState":
                    return Bundle.ACTIVE;
                case "getRegisteredServices":
                    return new ServiceReference<?>[] {(ServiceReference<?>) reference};
                default:
                    return null;
            }
        });
        return keep(host.create(bundle, spec(Isolation.BUNDLE)));
    }

    Generation create(WorkerHost workers) throws WorkloadException {
        host.addWorkerHost(workers);
        return keep(host.create(null, spec(Isolation.PROCESS)));
    }

    private Generation keep(Generation generation) {
        generations.add(generation);
        return generation;
    }

    @Override
    public void close() {
        generations.forEach(generation -> {
            try {
                generation.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        host.stop();
        registry.stop();
    }
}
