package io.margay.bench;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentServiceObjects;

/**
 * As much of OSGi as the wired classes ask for, without a framework. What is asked for beyond that throws, so that it is
 * seen at once when they come to need more.
 */
final class FakeOsgi {
    private FakeOsgi() {}

    /** A bundle context that knows framework properties and one service reference. */
    static BundleContext context(Map<String, String> properties) {
        return proxy(BundleContext.class, (method, arguments) -> switch (method) {
            case "getProperty" -> properties.get(arguments[0]);
            case "getService" -> ((Holder) arguments[0]).service();
            case "ungetService" -> true;
            case "getServiceReference" -> null;
            case "addServiceListener", "removeServiceListener" -> null;
            default -> throw new UnsupportedOperationException("BundleContext." + method);
        });
    }

    /** An active bundle whose classes are those of this class path, with the service that it registers; null for none. */
    static Bundle bundle(Class<?> type, Object service) {
        ServiceReference<?>[] registered =
                service == null ? null : new ServiceReference<?>[] {reference(type, service, Map.of())};
        return proxy(Bundle.class, (method, arguments) -> switch (method) {
            case "getBundleId" -> 1L;
            case "getState" -> Bundle.ACTIVE;
            case "getSymbolicName", "getLocation" -> "bench";
            case "loadClass" -> Class.forName((String) arguments[0]);
            case "getRegisteredServices" -> registered;
            case "adapt" -> null;
            default -> throw new UnsupportedOperationException("Bundle." + method);
        });
    }

    /** Lets the context find the service behind a reference. */
    interface Holder {
        Object service();
    }

    /** A reference that the context finds the service by. */
    static ServiceReference<?> reference(Class<?> type, Object service, Map<String, Object> properties) {
        return (ServiceReference<?>) Proxy.newProxyInstance(
                FakeOsgi.class.getClassLoader(),
                new Class<?>[] {ServiceReference.class, Holder.class},
                handler((method, arguments) -> switch (method) {
                    case "service" -> service;
                    case "getProperty" ->
                        "objectClass".equals(arguments[0])
                                ? new String[] {type.getName()}
                                : properties.get(arguments[0]);
                    default -> throw new UnsupportedOperationException("ServiceReference." + method);
                }));
    }

    /** The one service behind a reference, as Declarative Services hands it out. */
    static ComponentServiceObjects<?> services(ServiceReference<?> reference) {
        return proxy(ComponentServiceObjects.class, (method, arguments) -> switch (method) {
            case "getServiceReference" -> reference;
            case "getService" -> ((Holder) reference).service();
            case "ungetService" -> null;
            default -> throw new UnsupportedOperationException("ComponentServiceObjects." + method);
        });
    }

    private interface Answers {
        Object of(String method, Object[] arguments) throws Exception;
    }

    private static <T> T proxy(Class<T> type, Answers answers) {
        return type.cast(
                Proxy.newProxyInstance(FakeOsgi.class.getClassLoader(), new Class<?>[] {type}, handler(answers)));
    }

    private static InvocationHandler handler(Answers answers) {
        return (Object self, Method method, Object[] arguments) -> switch (method.getName()) {
            case "equals" -> self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            case "toString" -> "fake " + method.getDeclaringClass().getSimpleName();
            default -> answers.of(method.getName(), arguments);
        };
    }
}
