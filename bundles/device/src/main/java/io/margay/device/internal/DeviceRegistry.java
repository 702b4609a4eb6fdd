package io.margay.device.internal;

import io.margay.device.Devices;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.ThingModel;
import io.margay.spi.CleanThreads;
import io.margay.spi.ThingException;
import io.margay.spi.ThingException.Kind;
import io.margay.spi.Things;
import io.margay.spi.driver.DeviceCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The devices, and the calls down to them. */
@Component(service = {Devices.class, Things.class, DeviceRegistry.class})
public final class DeviceRegistry implements Devices {
    private final CleanThreads threads = new CleanThreads("device threads");
    private final ScheduledThreadPoolExecutor timers =
            new ScheduledThreadPoolExecutor(1, threads.factory("device timeouts"));
    private final Map<String, DriverSlot> slots = new ConcurrentHashMap<>();
    private volatile Map<DeviceId, DeviceEntry> entries = Map.of();

    @Activate
    public DeviceRegistry() {
        // Empty until the deployer says what is there.
        timers.setRemoveOnCancelPolicy(true);
    }

    @Deactivate
    void stop() {
        timers.shutdownNow();
        threads.close();
    }

    /** Makes the threads that call drivers. */
    CleanThreads threads() {
        return threads;
    }

    DeviceEntry entry(DeviceId device) {
        return entries.get(device);
    }

    DriverSlot slot(String driver) {
        return slots.computeIfAbsent(driver, DriverSlot::new);
    }

    @Override
    public List<DeviceStatus> list() {
        return entries.values().stream().map(DeviceEntry::status).toList();
    }

    @Override
    public Optional<DeviceStatus> find(DeviceId device) {
        return Optional.ofNullable(entries.get(device)).map(DeviceEntry::status);
    }

    @Override
    public synchronized void apply(List<EdgeInstance.Product> products, List<EdgeInstance.Device> devices)
            throws InvalidException {
        Map<String, ThingModel> models = models(products);
        Map<DeviceId, DeviceEntry> old = entries;
        Map<DeviceId, DeviceEntry> wanted = new LinkedHashMap<>();
        for (EdgeInstance.Device device : devices) {
            ThingModel model = models.get(device.id().productKey());
            if (model == null) {
                throw new InvalidException("devices", "device " + device.id() + " is of a product that is not there");
            }
            DeviceEntry entry = old.get(device.id());
            if (entry == null || !entry.driver.name().equals(device.driver())) {
                entry = new DeviceEntry(device.id(), slot(device.driver()), model);
            } else if (!entry.model().equals(model)) {
                entry.change(model);
            }
            wanted.put(device.id(), entry);
        }
        entries = wanted;
    }

    private static Map<String, ThingModel> models(List<EdgeInstance.Product> products) throws InvalidException {
        Map<String, ThingModel> models = new HashMap<>();
        List<Fault> faults = new ArrayList<>();
        for (EdgeInstance.Product product : products) {
            try {
                models.put(product.key(), ThingModel.read(product.model()));
            } catch (InvalidException e) {
                e.faults()
                        .forEach(fault -> faults.add(
                                new Fault("product " + product.key() + ": " + fault.path(), fault.message())));
            }
        }
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
        return models;
    }

    @Override
    public CompletableFuture<Map<String, Object>> get(DeviceId device, List<String> properties, Duration timeout) {
        return call(device, timeout, (entry, left) -> {
            List<String> asked = properties.isEmpty()
                    ? entry.model().properties().values().stream()
                            .filter(ThingModel.Property::readable)
                            .map(ThingModel.Property::identifier)
                            .toList()
                    : properties;
            for (String property : asked) {
                ThingModel.Property known = entry.model().properties().get(property);
                if (known == null || !known.readable()) {
                    return invalid(property + ": "
                            + (known == null ? "the thing model has no such property" : "can't be read"));
                }
            }
            return way(entry, calls -> calls.get(asked, left));
        });
    }

    @Override
    public CompletableFuture<Void> set(DeviceId device, Map<String, ?> values, Duration timeout) {
        return call(device, timeout, (entry, left) -> {
            String misfit =
                    values.isEmpty() ? "no property is given" : entry.model().misfit(values);
            if (misfit != null) {
                return invalid(misfit);
            }
            for (String property : values.keySet()) {
                if (!entry.model().properties().get(property).writable()) {
                    return invalid(property + ": can't be written");
                }
            }
            return way(entry, calls -> calls.set(values, left));
        });
    }

    @Override
    public CompletableFuture<Map<String, Object>> call(
            DeviceId device, String service, Map<String, ?> input, Duration timeout) {
        return call(device, timeout, (entry, left) -> {
            ThingModel.Service known = entry.model().services().get(service);
            if (known == null) {
                return invalid(service + ": the thing model has no such service");
            }
            String misfit = ThingModel.misfit(known.input(), input);
            return misfit != null ? invalid(misfit) : way(entry, calls -> calls.call(service, input, left));
        });
    }

    private <T> CompletableFuture<T> call(
            DeviceId device, Duration timeout, BiFunction<DeviceEntry, Duration, CompletableFuture<T>> action) {
        DeviceEntry entry = entries.get(device);
        if (entry == null) {
            return CompletableFuture.failedFuture(new ThingException(
                    Kind.UNKNOWN_DEVICE, "there is no device " + device + "; see margay device list"));
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        CompletableFuture<T> bounded = new CompletableFuture<>();
        // The one who waits is told in time; the driver's own call is cancelled, which interrupts it.
        Future<?> timer = timers.schedule(
                () -> bounded.completeExceptionally(new TimeoutException()), timeout.toMillis(), TimeUnit.MILLISECONDS);
        bounded.whenComplete((value, error) -> timer.cancel(false));
        entry.driver.whenSettled(done -> {
            CompletableFuture<T> work = bounded.isDone() ? new CompletableFuture<>() : start(entry, deadline, action);
            work.whenComplete((value, error) -> {
                done.run();
                if (error == null) {
                    bounded.complete(value);
                } else {
                    bounded.completeExceptionally(error);
                }
            });
            bounded.whenComplete((value, error) -> work.cancel(true));
        });
        CompletableFuture<T> result = new CompletableFuture<>();
        bounded.whenComplete((value, error) -> {
            if (error == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(translate(device, timeout, error));
            }
        });
        return result;
    }

    private static <T> CompletableFuture<T> start(
            DeviceEntry entry, long deadline, BiFunction<DeviceEntry, Duration, CompletableFuture<T>> action) {
        try {
            return action.apply(entry, Duration.ofNanos(deadline - System.nanoTime()));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static <T> CompletableFuture<T> way(DeviceEntry entry, Function<DeviceCalls, CompletableFuture<T>> action) {
        Connection connection = entry.driver.connection(entry.id);
        if (connection == null || !connection.online()) {
            String why = connection == null ? entry.driver.whyNotConnected() : connection.reason();
            return CompletableFuture.failedFuture(
                    new ThingException(Kind.OFFLINE, "device " + entry.id + " is off line: " + why));
        }
        return action.apply(connection.calls());
    }

    private static <T> CompletableFuture<T> invalid(String reason) {
        return CompletableFuture.failedFuture(new ThingException(Kind.INVALID, reason));
    }

    private static ThingException translate(DeviceId device, Duration timeout, Throwable error) {
        Throwable cause = error;
        while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ThingException known) {
            return known;
        }
        if (cause instanceof TimeoutException) {
            return new ThingException(
                    Kind.TIMEOUT, "device " + device + " did not answer within " + timeout.toMillis() + " ms");
        }
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new ThingException(Kind.FAILED, "device " + device + ": " + message);
    }
}
