package io.margay.itests.workloads.throwing;

import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import org.osgi.service.component.annotations.Component;

/** Throws when it is started. */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class ThrowingDriver implements Driver {
    @Override
    public void start(DriverContext context) {
        throw new IllegalStateException("the dongle is not plugged in");
    }

    @Override
    public void stop() {
        // Nothing was started.
    }
}
