package io.margay.itests.workloads.broken;

import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import org.osgi.service.component.annotations.Component;

/** Prepares well and throws when it shall take hold of its devices. */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class BrokenDriver implements Driver {
    @Override
    public void start(DriverContext context) {
        throw new IllegalStateException("this version is broken");
    }

    @Override
    public void stop() {
        // It holds nothing.
    }
}
