package io.margay.host.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import io.margay.api.driver.ReportResult;
import io.margay.api.driver.ReportResult.Status;
import io.margay.spi.wire.Incoming;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

@Timeout(60)
class HostedDriverTest {
    @TempDir
    Path folder;

    private final ExecutorService lifecycle = Executors.newSingleThreadExecutor();
    private final Plain driver = new Plain();
    private GatewayConnection connection;
    private FakeGateway gateway;
    private HostedDriver hosted;

    /** Connects its devices on start. */
    private static final class Plain implements Driver, DeviceHandler {
        final CountDownLatch never = new CountDownLatch(1);
        final CountDownLatch interrupted = new CountDownLatch(1);
        volatile DriverContext context;
        volatile Device device;
        volatile boolean applies;
        final AtomicInteger starts = new AtomicInteger();

        @Override
        public void start(DriverContext given) {
            context = given;
            starts.incrementAndGet();
            if (given.configuration().values().containsKey("broken")) {
                throw new IllegalStateException("no licence");
            }
            for (DeviceSettings settings : given.devices()) {
                device = given.connect(settings, this);
                device.online();
            }
        }

        @Override
        public boolean changed(DriverContext same) {
            return applies;
        }

        @Override
        public void stop() {
            if (device != null) {
                assertThat(device.report(Map.of("t", 99)).accepted()).isTrue();
            }
        }

        @Override
        public Map<String, Object> get(List<String> properties) throws InterruptedException {
            if (properties.contains("slow")) {
                try {
                    never.await();
                } finally {
                    interrupted.countDown();
                }
            }
            return Map.of("t", properties.contains("odd") ? new Object() : 21);
        }

        @Override
        public void set(Map<String, Object> values) {
            throw new IllegalStateException("valve stuck");
        }
    }

    private static Object proxy(Class<?> type, InvocationHandler handler) {
        return Proxy.newProxyInstance(HostedDriverTest.class.getClassLoader(), new Class<?>[] {type}, handler);
    }

    @BeforeEach
    void load() throws Exception {
        connection = new GatewayConnection(folder.resolve("s"));
        connect(() -> connection.open((method, params) -> hosted.request(method, params), why -> {}));
        Object reference = proxy(ServiceReference.class, (self, method, arguments) -> switch (method.getName()) {
            case "getProperty" -> arguments[0].equals("objectClass") ? new String[] {Driver.class.getName()} : null;
            case "equals" -> self == arguments[0];
            default -> method.getReturnType() == int.class ? 1 : null;
        });
        BundleContext context =
                (BundleContext) proxy(BundleContext.class, (self, method, arguments) -> switch (method.getName()) {
                    case "getService" -> driver;
                    case "ungetService" -> true;
                    default -> null;
                });
        Bundle bundle = (Bundle) proxy(Bundle.class, (self, method, arguments) -> switch (method.getName()) {
            case "getBundleId" -> 1L;
            case "getState" -> Bundle.ACTIVE;
            case "getSymbolicName" -> "d";
            case "getVersion" -> Version.emptyVersion;
            case "getRegisteredServices" -> new ServiceReference<?>[] {(ServiceReference<?>) reference};
            default -> null;
        });
        Object configuration = proxy(Configuration.class, (self, method, arguments) -> null);
        ConfigurationAdmin admin =
                (ConfigurationAdmin) proxy(ConfigurationAdmin.class, (self, method, arguments) -> configuration);
        hosted = new HostedDriver(
                context,
                connection,
                new WorkloadBundle(bundle, admin),
                GivenSpec.of(initialize("one", "two")),
                lifecycle);
    }

    private void connect(Runnable open) throws Exception {
        gateway = new FakeGateway(folder.resolve("s"), open);
    }

    @AfterEach
    void end() throws Exception {
        lifecycle.submit(hosted::stop).get(10, TimeUnit.SECONDS);
        lifecycle.shutdown();
        connection.close();
        gateway.close();
    }

    private static Map<String, Object> initialize(String... devices) {
        Map<String, Object> params = new HashMap<>(Map.of(
                "kind",
                "driver",
                "name",
                "d",
                "generation",
                1,
                "handler",
                "",
                "environment",
                Map.of(),
                "config",
                Map.of()));
        params.put(
                "deviceList",
                List.of(devices).stream()
                        .map(name -> Map.of("productKey", "p", "deviceName", name, "custom", "{}"))
                        .toList());
        return params;
    }

    private static Map<String, Object> of(String device, String key, Object value) {
        return Map.of("productKey", "p", "deviceName", device, key, value);
    }

    private void start() throws Exception {
        assertThat(gateway.ask("driver.start", Map.of()).error()).isNull();
        for (String device : List.of("one", "two")) {
            assertThat(gateway.next()).isEqualTo("device.connect " + device);
            assertThat(gateway.next()).isEqualTo("device.online " + device);
        }
    }

    @Test
    void reportsAndAnswers() throws Exception {
        start();
        assertThat(driver.device.report(Map.of("t", 1))).isEqualTo(ReportResult.ACCEPTED);
        assertThat(gateway.next()).isEqualTo("device.report two");
        assertThat(driver.device.report(Map.of("t", new Object())))
                .isEqualTo(new ReportResult(Status.REFUSED, "JSON has no such value: java.lang.Object"));
        assertThat(driver.device.report(null).status()).isEqualTo(Status.REFUSED);
        driver.device.online();
        driver.device.offline("gone");
        driver.device.offline("gone");
        driver.device.offline("far away");
        assertThat(gateway.next()).isEqualTo("device.offline two gone");
        assertThat(gateway.next()).isEqualTo("device.offline two far away");

        assertThat(gateway.ask("device.get", of("one", "properties", List.of("t")))
                        .result())
                .isEqualTo(Map.of("t", 21));
        assertThat(gateway.ask("device.set", of("one", "values", Map.of("x", 1)))
                        .error())
                .containsEntry("code", -32000)
                .containsEntry("message", "valve stuck")
                .containsEntry("data", Map.of("errorType", "java.lang.IllegalStateException"));
        assertThat(gateway.ask("device.get", of("one", "properties", List.of("odd")))
                        .error())
                .containsEntry("message", "the answer can't be sent: JSON has no such value: java.lang.Object");
        assertThat(gateway.ask("device.get", of("three", "properties", List.of()))
                        .error())
                .containsEntry("message", "the driver has not connected device p/three");
        DeviceSettings stranger = new DeviceSettings("p", "three", Map.of(), Map.of(), Map.of());
        assertThat(catchThrowable(() -> driver.context.connect(stranger, driver)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("device p/three is not assigned to driver d");

        assertThat(gateway.ask("driver.stop", Map.of()).error()).isNull();
        assertThat(gateway.next()).as("of its stop").isEqualTo("device.report two");
        driver.device = null;
        assertThat(catchThrowable(
                        () -> driver.context.connect(driver.context.devices().get(0), driver)))
                .hasMessage("driver d is stopped");
    }

    /** One call at a time for a device, and none is waited for longer than its caller does. */
    @Test
    void aCallThatIsLateIsInterrupted() throws Exception {
        start();
        Map<String, Object> slow = new HashMap<>(of("one", "properties", List.of("slow")));
        slow.put("deadlineMs", 200);
        CompletableFuture<Incoming> late = gateway.askLater("device.get", slow);
        CompletableFuture<Incoming> next = gateway.askLater("device.get", of("one", "properties", List.of()));
        assertThat(gateway.ask("device.get", of("two", "properties", List.of())).result())
                .isNotNull();
        assertThat(next).isNotDone();
        assertThat(late.get(10, TimeUnit.SECONDS).error()).isNotNull();
        assertThat(driver.interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(next.get(10, TimeUnit.SECONDS).result()).isEqualTo(Map.of("t", 21));
    }

    @Test
    void tellsOfAChange() throws Exception {
        start();
        Map<String, Object> change = Map.of(
                "config",
                Map.of("kv", List.of(Map.of("key", "k", "value", "v"))),
                "deviceList",
                initialize("two").get("deviceList"));
        assertThat(gateway.ask("driver.changed", change).result()).isEqualTo(Map.of("applied", false));
        driver.applies = true;
        assertThat(gateway.ask("driver.changed", change).result()).isEqualTo(Map.of("applied", true));
        assertThat(driver.context.configuration().values()).isEqualTo(Map.of("k", "v"));
        assertThat(driver.context.devices()).hasSize(1);
        assertThat(gateway.ask("device.get", of("one", "properties", List.of())).error())
                .isNotNull();
    }

    @Test
    void saysWhyItDoesNotStart() throws Exception {
        gateway.ask("driver.changed", Map.of("config", Map.of("kv", List.of(Map.of("key", "broken", "value", "")))));
        assertThat(gateway.ask("driver.start", Map.of()).error())
                .containsEntry("message", "driver d start: IllegalStateException: no licence")
                .containsEntry("data", Map.of("errorType", "Refused"));
        assertThat(gateway.ask("dance", Map.of()).error()).containsEntry("message", "a Java driver can't do dance");
    }

    /** A gateway that was killed comes back: the driver goes on, and tells again how its devices are. */
    @Test
    void isTakenOverByAnotherGateway() throws Exception {
        start();
        driver.device.offline("gone");
        assertThat(gateway.next()).isEqualTo("device.offline two gone");
        gateway.close();
        Files.delete(folder.resolve("s"));
        driver.device.offline("still gone");
        assertThat(driver.device.report(Map.of("t", 1)))
                .isEqualTo(new ReportResult(Status.REFUSED, "the connection to the gateway is lost"));

        connect(() -> {});
        hosted.adopted(GivenSpec.of(initialize("one", "two")));
        CompletableFuture<ReportResult> report =
                CompletableFuture.supplyAsync(() -> driver.device.report(Map.of("t", 2)));
        assertThat(gateway.ask("driver.start", Map.of()).error()).isNull();
        assertThat(List.of(gateway.next(), gateway.next(), gateway.next(), gateway.next()))
                .containsExactlyInAnyOrder(
                        "device.connect one",
                        "device.online one",
                        "device.connect two",
                        "device.offline two still gone")
                .containsSubsequence("device.connect two", "device.offline two still gone");
        assertThat(gateway.next()).as("which waited").isEqualTo("device.report two");
        assertThat(report.get(10, TimeUnit.SECONDS).accepted()).isTrue();
        assertThat(driver.starts).hasValue(1);
    }
}
