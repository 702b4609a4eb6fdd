package io.margay.driver.modbus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.digitalpetri.modbus.client.ModbusClient;
import io.margay.api.driver.Driver;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stopped driver's class loader can be collected: no thread, timer or hook holds it. */
@Timeout(60)
class LeakTest {
    /** Shows what a bundle would import, and nothing else. */
    private static final class Imports extends ClassLoader {
        Imports() {
            super(ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("io.margay.api.") || name.startsWith("org.slf4j.")) {
                return LeakTest.class.getClassLoader().loadClass(name);
            }
            throw new ClassNotFoundException(name);
        }
    }

    private static URL jarOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    private static WeakReference<ClassLoader> work(Slave slave) throws Exception {
        URL[] bundle = {jarOf(ModbusDriver.class), jarOf(ModbusClient.class)};
        try (URLClassLoader loader = new URLClassLoader(bundle, new Imports())) {
            Driver driver = (Driver) loader.loadClass(ModbusDriver.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
            assertThat(driver.getClass()).isNotEqualTo(ModbusDriver.class);
            Gateway gateway = new Gateway().tcp(slave.port);
            gateway.device("boiler-1", Map.of(), Map.of("properties", Map.of("level", Map.of("address", 0))));
            // A second unit that is silent, so that time-outs are part of it.
            gateway.device(
                    "boiler-2", Map.of("unitId", 2), Map.of("properties", Map.of("level", Map.of("address", 0))));
            driver.start(gateway);
            gateway.await("offline");
            gateway.await("{");
            gateway.handlers.get("boiler-1").get(java.util.List.of("level"));
            driver.stop();
            return new WeakReference<>(loader);
        }
    }

    @Test
    void theClassLoaderIsCollectedAfterStop() throws Exception {
        try (Slave slave = new Slave(false)) {
            slave.holding(0, 5);
            WeakReference<ClassLoader> loader = work(slave);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (loader.get() != null && System.nanoTime() < end) {
                System.gc();
            }
            assertThat(loader.get()).isNull();
        }
    }
}
