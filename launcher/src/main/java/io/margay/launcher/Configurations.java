package io.margay.launcher;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Dictionary;
import java.util.Enumeration;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;

/**
 * Hands the configurations of the features to ConfigAdmin at the moment it is registered, and so before the bundles
 * that follow are started. ConfigAdmin's classes are those of its bundle, hence the reflection.
 *
 * <p>What a person changed stays: a configuration is written when there is none, or when the one that is there is just
 * as an earlier start left it.
 */
final class Configurations implements ServiceListener {
    /** Marks a configuration as the features' own, and tells whether it is still as it was written. */
    static final String MARK = "margay.feature.digest";

    private static final String CONFIG_ADMIN = "org.osgi.service.cm.ConfigurationAdmin";

    private final BundleContext context;
    private final Map<String, Map<String, Object>> configurations;
    private Exception failure;

    private Configurations(BundleContext context, Map<String, Map<String, Object>> configurations) {
        this.context = context;
        this.configurations = configurations;
    }

    /** Writes now or as soon as ConfigAdmin is there. */
    static Configurations apply(BundleContext context, Map<String, Map<String, Object>> configurations) {
        Configurations listener = new Configurations(context, configurations);
        if (!configurations.isEmpty()) {
            try {
                context.addServiceListener(listener, "(" + Constants.OBJECTCLASS + "=" + CONFIG_ADMIN + ")");
            } catch (InvalidSyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return listener;
    }

    /** @throws LaunchException a configuration could not be written */
    void check() throws LaunchException {
        if (failure != null) {
            throw new LaunchException(
                    LaunchException.FAILED, "a feature's configuration can't be written: " + failure, failure);
        }
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        if (event.getType() == ServiceEvent.REGISTERED && failure == null) {
            try {
                write(event.getServiceReference());
            } catch (InvocationTargetException e) {
                failure = e.getCause() instanceof Exception cause ? cause : e;
            } catch (ReflectiveOperationException e) {
                failure = e;
            }
        }
    }

    private void write(ServiceReference<?> reference) throws ReflectiveOperationException {
        Object admin = context.getService(reference);
        Class<?> type = api(admin.getClass(), CONFIG_ADMIN);
        Method get = type.getMethod("getConfiguration", String.class, String.class);
        Method getFactory = type.getMethod("getFactoryConfiguration", String.class, String.class, String.class);
        for (Map.Entry<String, Map<String, Object>> entry : configurations.entrySet()) {
            String pid = entry.getKey();
            int tilde = pid.indexOf('~');
            Object configuration = tilde < 0
                    ? get.invoke(admin, pid, "?")
                    : getFactory.invoke(admin, pid.substring(0, tilde), pid.substring(tilde + 1), "?");
            Class<?> api = get.getReturnType();
            Dictionary<?, ?> present =
                    (Dictionary<?, ?>) api.getMethod("getProperties").invoke(configuration);
            String digest = digest(entry.getValue());
            if (present == null || (isUntouched(present) && !digest.equals(present.get(MARK)))) {
                Map<String, Object> values = new TreeMap<>(entry.getValue());
                values.put(MARK, digest);
                api.getMethod("update", Dictionary.class).invoke(configuration, FrameworkUtil.asDictionary(values));
            }
        }
    }

    private static Class<?> api(Class<?> implementation, String name) throws ClassNotFoundException {
        return Class.forName(name, false, implementation.getClassLoader());
    }

    private static boolean isUntouched(Dictionary<?, ?> present) {
        Map<String, Object> values = new TreeMap<>();
        for (Enumeration<?> keys = present.keys(); keys.hasMoreElements(); ) {
            String key = (String) keys.nextElement();
            if (!key.equals(MARK) && !key.equals("service.pid") && !key.equals("service.factoryPid")) {
                values.put(key, present.get(key));
            }
        }
        return digest(values).equals(present.get(MARK));
    }

    /** Differs when a value differs; no more is asked of it. */
    static String digest(Map<String, Object> values) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(values).forEach((key, value) -> {
            Object[] many = value instanceof Object[] array ? array : new Object[] {value};
            text.append(key).append('=').append(java.util.Arrays.toString(many)).append('\n');
        });
        java.util.zip.CRC32 sum = new java.util.zip.CRC32();
        sum.update(text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return text.length() + "-" + Long.toHexString(sum.getValue());
    }
}
