package io.margay.launcher;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks Declarative Services which components failed in their activation. Its classes are those of a bundle, hence the
 * reflection.
 */
final class FailedComponents {
    private static final String RUNTIME = "org.osgi.service.component.runtime.ServiceComponentRuntime";
    /** {@code ComponentConfigurationDTO.FAILED_ACTIVATION}. */
    private static final int FAILED = 16;

    /** How Declarative Services put it that a component was not made because one that it needs was not. */
    private static final String FOLLOWER = "Unable to get service for reference";

    private static final String CAUSE = "Caused by: ";
    private static final Logger LOG = LoggerFactory.getLogger(FailedComponents.class);

    private FailedComponents() {}

    /** Name of the component to what is wrong with it, in words; those that only miss another one are left out. */
    static Map<String, String> of(BundleContext context) {
        Map<String, String> failed = new TreeMap<>();
        ServiceReference<?> reference = context.getServiceReference(RUNTIME);
        Object runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return failed;
        }
        try {
            Class<?> type = Class.forName(RUNTIME, false, runtime.getClass().getClassLoader());
            Class<?> description = Class.forName(
                    "org.osgi.service.component.runtime.dto.ComponentDescriptionDTO", false, type.getClassLoader());
            var configurations = type.getMethod("getComponentConfigurationDTOs", description);
            Object all = type.getMethod("getComponentDescriptionDTOs", org.osgi.framework.Bundle[].class)
                    .invoke(runtime, (Object) new org.osgi.framework.Bundle[0]);
            for (Object component : (Collection<?>) all) {
                String name = String.valueOf(field(component, "name"));
                for (Object configuration : (Collection<?>) configurations.invoke(runtime, component)) {
                    if (FAILED == (int) field(configuration, "state")) {
                        failed.put(name, reason(String.valueOf(field(configuration, "failure"))));
                    }
                }
            }
        } catch (ReflectiveOperationException e) {
            LOG.warn("Declarative Services do not tell which components failed", e);
        } finally {
            context.ungetService(reference);
        }
        return withoutFollowers(failed);
    }

    private static Map<String, String> withoutFollowers(Map<String, String> failed) {
        Map<String, String> roots = new TreeMap<>(failed);
        roots.values().removeIf(reason -> reason.contains(FOLLOWER));
        return roots.isEmpty() ? failed : roots;
    }

    private static Object field(Object dto, String name) throws ReflectiveOperationException {
        return dto.getClass().getField(name).get(dto);
    }

    /**
     * What a stack trace says, in one line: the first cause that is more than a wrapper of the next, with its type where
     * that says what the message does not.
     */
    static String reason(String trace) {
        List<String> causes = new ArrayList<>();
        for (String line : (Iterable<String>) trace.lines()::iterator) {
            if (causes.isEmpty()) {
                causes.add(line.strip());
            } else if (line.startsWith(CAUSE)) {
                causes.add(line.substring(CAUSE.length()));
            }
        }
        int i = 0;
        while (i < causes.size() - 1 && isWrapper(causes.get(i), causes.get(i + 1))) {
            i++;
        }
        return causes.isEmpty() ? "" : words(causes.get(i));
    }

    private static boolean isWrapper(String cause, String next) {
        return cause.endsWith(next) || cause.startsWith("java.lang.reflect.InvocationTargetException");
    }

    private static String words(String cause) {
        int colon = cause.indexOf(": ");
        String type = colon < 0 ? cause : cause.substring(0, colon);
        String simple = type.substring(type.lastIndexOf('.') + 1);
        boolean plain = simple.equals("IOException") || simple.equals("IllegalStateException");
        return plain && colon > 0 ? cause.substring(colon + 2) : simple + (colon < 0 ? "" : cause.substring(colon));
    }
}
