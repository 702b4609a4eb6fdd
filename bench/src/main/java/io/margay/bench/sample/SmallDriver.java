package io.margay.bench.sample;

import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;

/** The driver that is installed: it works at once and has no devices. */
public final class SmallDriver implements Driver {
    @Override
    public void start(DriverContext context) {
        context.logger().debug("started");
    }

    @Override
    public void stop() {
        // Nothing was taken.
    }
}
