package io.margay.itests.workloads.load;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import io.margay.api.driver.ReportResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Component;

/** Takes numbers from a queue that all generations share, each number once, and reports them: each fifth for device two. */
@Component(service = Driver.class, configurationPid = Driver.PID)
public final class LoadDriver implements Driver, DeviceHandler {
    /** The system property that holds the queue. */
    public static final String NUMBERS = "margay.it.numbers";

    private volatile boolean running;
    private Thread thread;

    @Override
    public void start(DriverContext context) {
        List<Device> devices = new ArrayList<>();
        context.devices().forEach(settings -> {
            Device device = context.connect(settings, this);
            device.online();
            devices.add(device);
        });
        @SuppressWarnings("unchecked")
        BlockingQueue<Integer> numbers =
                (BlockingQueue<Integer>) System.getProperties().get(NUMBERS);
        running = true;
        thread = new Thread(() -> report(numbers, devices, context), "load");
        thread.start();
    }

    private void report(BlockingQueue<Integer> numbers, List<Device> devices, DriverContext context) {
        try {
            while (running) {
                Integer number = numbers.poll(20, TimeUnit.MILLISECONDS);
                if (number == null) {
                    continue;
                }
                Device device = devices.get(number % 5 == 0 ? 1 : 0);
                ReportResult result = device.report(Map.of("n", number));
                if (!result.accepted()) {
                    context.logger().error("report of {} was not accepted: {}", number, result);
                    numbers.add(number);
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() throws InterruptedException {
        running = false;
        thread.join();
    }

    @Override
    public Map<String, Object> get(List<String> properties) {
        return Map.of("n", 0);
    }

    @Override
    public void set(Map<String, Object> values) {
        throw new UnsupportedOperationException("nothing can be set");
    }
}
