package io.margay.itests.workloads.lacking;

import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import java.util.concurrent.Callable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Wants a service that nobody has. */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class LackingDriver implements Driver {
    private final Callable<?> missing;

    @Activate
    public LackingDriver(@Reference(target = "(color=purple)") Callable<?> missing) {
        this.missing = missing;
    }

    @Override
    public void start(DriverContext context) throws Exception {
        missing.call();
    }

    @Override
    public void stop() {
        // Nothing was started.
    }
}
