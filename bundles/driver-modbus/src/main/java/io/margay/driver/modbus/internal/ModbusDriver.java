package io.margay.driver.modbus.internal;

import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The driver for Modbus TCP and RTU; the bundle's README tells its configuration. */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class ModbusDriver implements Driver {
    private static final Logger LOG = LoggerFactory.getLogger(ModbusDriver.class);

    private final Map<String, Channel> channels = new LinkedHashMap<>();
    private final Map<String, PolledDevice> devices = new HashMap<>();

    /** Touches nothing; see {@link Driver}. */
    @Activate
    public ModbusDriver() {}

    /**
     * A change of the component's properties must not make a new component while the driver runs: what it works by
     * comes from the context, in {@link #changed}.
     */
    @Modified
    void modified() {
        LOG.debug("component properties changed");
    }

    @Override
    public synchronized void start(DriverContext context) throws ConfigurationException {
        DriverPlan plan = PlanReader.read(context);
        for (ChannelSettings settings : plan.channels().values()) {
            channels.put(settings.name(), new Channel(settings, context.name(), context.logger()));
        }
        plan.devices().values().forEach(device -> add(device, context));
    }

    private void add(DevicePlan plan, DriverContext context) {
        PolledDevice device = new PolledDevice(plan, channels.get(plan.channel()), context.logger());
        devices.put(plan.id(), device);
        device.start(context);
    }

    @Override
    public synchronized void stop() throws InterruptedException {
        devices.values().forEach(PolledDevice::stop);
        devices.clear();
        Iterator<Channel> each = channels.values().iterator();
        while (each.hasNext()) {
            Channel channel = each.next();
            each.remove();
            channel.close();
        }
    }

    /** Devices may come, go and change under way; another connection needs a new start. */
    @Override
    public synchronized boolean changed(DriverContext context) throws ConfigurationException {
        DriverPlan plan = PlanReader.read(context);
        Map<String, ChannelSettings> present = new LinkedHashMap<>();
        channels.forEach((name, channel) -> present.put(name, channel.settings()));
        if (!plan.channels().equals(present)) {
            return false;
        }
        devices.values().removeIf(device -> {
            boolean goes =
                    !device.plan().equals(plan.devices().get(device.plan().id()));
            if (goes) {
                device.stop();
            }
            return goes;
        });
        plan.devices().forEach((id, device) -> {
            if (!devices.containsKey(id)) {
                add(device, context);
            }
        });
        return true;
    }

    /** The bundle goes: leave nothing behind, even where nobody called {@link #stop}. */
    @Deactivate
    void deactivate() {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("interrupted while the driver was stopped");
        }
    }
}
