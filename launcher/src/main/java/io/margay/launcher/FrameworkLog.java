package io.margay.launcher;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings what bundles say through OSGi's LogService, Declarative Services above all, to where everything else is logged,
 * under the logger's name with {@code osgi.} before it. The classes of the LogService are those of its bundle, hence the
 * reflection. Safe for many threads.
 */
final class FrameworkLog implements ServiceListener {
    /** Before the names of loggers of the LogService. */
    static final String PREFIX = "osgi.";

    private static final String READER = "org.osgi.service.log.LogReaderService";
    private static final String LISTENER = "org.osgi.service.log.LogListener";
    private static final Logger LOG = LoggerFactory.getLogger(FrameworkLog.class);

    private final BundleContext context;
    private volatile String error;

    private FrameworkLog(BundleContext context) {
        this.context = context;
    }

    /** Listens from the moment on at which the LogService is there. */
    static FrameworkLog follow(BundleContext context) {
        FrameworkLog log = new FrameworkLog(context);
        try {
            context.addServiceListener(log, "(" + Constants.OBJECTCLASS + "=" + READER + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        return log;
    }

    /** The message of the first error that was logged. */
    Optional<String> firstError() {
        return Optional.ofNullable(error);
    }

    @Override
    public void serviceChanged(ServiceEvent event) {
        if (event.getType() == ServiceEvent.REGISTERED) {
            Object reader = context.getService(event.getServiceReference());
            try {
                Class<?> type = Class.forName(LISTENER, false, reader.getClass().getClassLoader());
                Object listener = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, this::invoked);
                Class.forName(READER, false, type.getClassLoader())
                        .getMethod("addLogListener", type)
                        .invoke(reader, listener);
            } catch (ReflectiveOperationException e) {
                LOG.warn("What bundles write to the LogService is not in this log", e);
            }
        }
    }

    private Object invoked(Object proxy, Method method, Object[] arguments) throws ReflectiveOperationException {
        return switch (method.getName()) {
            case "logged" -> {
                log(arguments[0]);
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "the gateway's log";
        };
    }

    private void log(Object entry) throws ReflectiveOperationException {
        Class<?> type = Class.forName(
                "org.osgi.service.log.LogEntry", false, entry.getClass().getClassLoader());
        // Below a warning there is little but each start and each registration.
        Level level = level(String.valueOf(get(type, entry, "getLogLevel")));
        if (level == Level.INFO) {
            return;
        }
        String message = String.valueOf(get(type, entry, "getMessage"));
        Object bundle = get(type, entry, "getBundle");
        if (bundle instanceof Bundle source && !message.contains(String.valueOf(source.getSymbolicName()))) {
            message = source.getSymbolicName() + ": " + message;
        }
        if (level == Level.ERROR && error == null) {
            error = message;
        }
        LoggerFactory.getLogger(PREFIX + get(type, entry, "getLoggerName"))
                .atLevel(level)
                .setCause((Throwable) get(type, entry, "getException"))
                .log(message.replace("{}", "{ }"));
    }

    private static Object get(Class<?> type, Object entry, String method) throws ReflectiveOperationException {
        try {
            return type.getMethod(method).invoke(entry);
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(method + " of a log entry fails", e);
        }
    }

    private static Level level(String osgi) {
        return switch (osgi) {
            case "ERROR" -> Level.ERROR;
            case "WARN" -> Level.WARN;
            default -> Level.INFO;
        };
    }
}
