package io.margay.spi.driver;

import io.margay.api.driver.Driver;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkloadException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceRegistration;

/**
 * Registers the driver that a plain jar names, as the Java platform has it: in {@code META-INF/services}. So it is a service
 * of its bundle as one that a component makes.
 */
final class NamedDriver implements AutoCloseable {
    private static final String ENTRY = "META-INF/services/" + Driver.class.getName();

    private final ServiceRegistration<Driver> registration;

    private NamedDriver(ServiceRegistration<Driver> registration) {
        this.registration = registration;
    }

    /** @return null where the bundle names none or declares components */
    static NamedDriver register(Bundle bundle, String name, Duration timeout) throws WorkloadException {
        URL entry = bundle.getEntry(ENTRY);
        if (entry == null || bundle.getHeaders().get("Service-Component") != null) {
            return null;
        }
        String type = type(entry);
        Driver driver = OwnThread.call("driver " + name + " constructor", bundle, timeout, () -> make(bundle, type));
        return new NamedDriver(bundle.getBundleContext().registerService(Driver.class, driver, null));
    }

    private static String type(URL entry) throws WorkloadException {
        try (InputStream in = entry.openStream()) {
            List<String> names = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .toList();
            if (names.size() != 1) {
                throw new WorkloadException(ENTRY + " names " + names.size() + " classes; name one");
            }
            return names.get(0);
        } catch (IOException e) {
            throw new WorkloadException(ENTRY + " can't be read: " + e.getMessage(), e);
        }
    }

    private static Driver make(Bundle bundle, String type) throws WorkloadException, ReflectiveOperationException {
        Class<?> loaded;
        try {
            loaded = bundle.loadClass(type);
        } catch (ClassNotFoundException e) {
            throw new WorkloadException("the class " + type + ", which " + ENTRY + " names, is not in the jar", e);
        }
        if (!Driver.class.isAssignableFrom(loaded)) {
            throw new WorkloadException("the class " + type + ", which " + ENTRY + " names, is no Driver");
        }
        return (Driver) loaded.getDeclaredConstructor().newInstance();
    }

    @Override
    public void close() {
        try {
            registration.unregister();
        } catch (IllegalStateException e) {
            // Its bundle was stopped, and took it along.
            return;
        }
    }
}
