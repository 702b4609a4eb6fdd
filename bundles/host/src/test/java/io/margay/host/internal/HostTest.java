package io.margay.host.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Generation;
import io.margay.spi.WorkloadHost;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

@Timeout(60)
class HostTest {
    @TempDir
    Path folder;

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(HostTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** A gateway that was started anew initializes what runs already. */
    @Test
    void isInitializedOnce() throws Exception {
        AtomicInteger starts = new AtomicInteger();
        Generation generation = proxy(Generation.class, (self, method, arguments) -> {
            if (method.getName().equals("start")) {
                starts.incrementAndGet();
            }
            return method.getReturnType() == boolean.class ? true : null;
        });
        WorkloadHost functions = proxy(WorkloadHost.class, (self, method, arguments) -> generation);
        Bundle bundle = proxy(
                Bundle.class,
                (self, method, arguments) -> method.getName().equals("getVersion") ? Version.emptyVersion : null);
        BundleContext context = proxy(BundleContext.class, (self, method, arguments) -> switch (method.getName()) {
            case "getProperty" -> folder.toString();
            case "installBundle", "getBundle" -> bundle;
            default -> null;
        });
        Configuration configuration = proxy(Configuration.class, (self, method, arguments) -> null);
        ConfigurationAdmin admin = proxy(ConfigurationAdmin.class, (self, method, arguments) -> configuration);
        GatewayConnection connection = new GatewayConnection(folder.resolve("s"));
        Host[] host = new Host[1];
        try (FakeGateway gateway = new FakeGateway(
                folder.resolve("s"), () -> host[0] = new Host(context, connection, functions, null, admin))) {
            Map<String, Object> params = new HashMap<>(Map.of(
                    "kind", "function", "name", "f", "generation", 1, "handler", "a.B", "environment", Map.of()));
            assertThat(gateway.ask("invoke", params).error())
                    .containsEntry("message", "the workload is not initialized");
            assertThat(gateway.ask("ping", Map.of()).error()).isNull();
            assertThat(gateway.ask("initialize", params).result()).isEqualTo(Map.of());
            params.put("generation", 7);
            assertThat(gateway.ask("initialize", params).result()).isEqualTo(Map.of("adopted", true));
            assertThat(starts).hasValue(1);
            params.put("handler", "a.C");
            assertThat(gateway.ask("initialize", params).error())
                    .containsEntry("message", "this JVM runs function:f already");
        } finally {
            host[0].stop();
            connection.close();
        }
    }
}
