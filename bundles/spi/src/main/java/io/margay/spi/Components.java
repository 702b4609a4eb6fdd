package io.margay.spi;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** Puts into words why a bundle's component is not there. */
final class Components {
    private Components() {}

    static boolean declared(BundleContext context, Bundle bundle) {
        return bundle.getHeaders().get("Service-Component") != null;
    }

    static String whyMissing(BundleContext context, Bundle bundle, String wanted) {
        if (!declared(context, bundle)) {
            return "the bundle declares no component: register a " + wanted + " service with @Component";
        }
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return "no component registers a " + wanted + " service";
        }
        try {
            String reasons = runtime.getComponentDescriptionDTOs(bundle).stream()
                    .flatMap(component -> runtime.getComponentConfigurationDTOs(component).stream()
                            .map(configuration -> reason(component, configuration)))
                    .filter(reason -> !reason.isEmpty())
                    .collect(Collectors.joining("; "));
            return reasons.isEmpty() ? "no component of the bundle registers a " + wanted + " service" : reasons;
        } finally {
            context.ungetService(reference);
        }
    }

    private static String reason(ComponentDescriptionDTO component, ComponentConfigurationDTO configuration) {
        if (configuration.failure != null) {
            // The first line is the exception itself, the rest its stack.
            String failure = configuration.failure.lines().findFirst().orElse("");
            return "component " + component.name + " failed to activate: " + failure;
        }
        if (configuration.state == ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION) {
            return "component " + component.name + " wants a configuration for "
                    + String.join(", ", component.configurationPid);
        }
        if (configuration.unsatisfiedReferences != null && configuration.unsatisfiedReferences.length > 0) {
            return "component " + component.name + " lacks "
                    + Arrays.stream(configuration.unsatisfiedReferences)
                            .map(missing -> service(component, missing))
                            .collect(Collectors.joining(", "));
        }
        return "";
    }

    private static String service(ComponentDescriptionDTO component, UnsatisfiedReferenceDTO missing) {
        return Arrays.stream(component.references)
                .filter(reference -> reference.name.equals(missing.name))
                .map(reference -> "a service " + reference.interfaceName
                        + (reference.target == null ? "" : " with " + reference.target))
                .findFirst()
                .orElse("reference " + missing.name);
    }
}
