package example;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceSettings;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Connects ovens, which it makes up. META-INF/services names this class. */
public final class OvenDriver implements Driver {
    private ScheduledExecutorService timer;

    @Override
    public void start(DriverContext context) {
        timer = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, context.name() + "-timer"));
        for (DeviceSettings settings : context.devices()) {
            Number start = (Number) settings.configuration().getOrDefault("start", 20);
            Oven oven = new Oven(start.doubleValue());
            Device device = context.connect(settings, oven);
            device.online();
            timer.scheduleAtFixedRate(() -> device.report(oven.step()), 1, 1, TimeUnit.SECONDS);
        }
    }

    @Override
    public void stop() throws InterruptedException {
        timer.shutdownNow();
        timer.awaitTermination(5, TimeUnit.SECONDS);
    }
}
