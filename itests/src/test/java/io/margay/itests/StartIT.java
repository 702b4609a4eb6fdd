package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.margay.device.Devices;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

@RunWith(PaxExam.class)
public class StartIT {
    @Inject
    private BundleContext context;

    @Inject
    private Devices devices;

    @Configuration
    public Option[] gateway() throws Exception {
        return AssembledGateway.gateway();
    }

    @Test
    public void allBundlesAreActive() {
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getHeaders().get("Fragment-Host") == null) {
                assertEquals(bundle.toString(), Bundle.ACTIVE, bundle.getState());
            }
        }
        assertTrue(devices.list().isEmpty());
    }
}
