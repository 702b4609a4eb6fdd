package io.margay.device.internal;

import io.margay.model.DeviceId;
import io.margay.spi.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Reads one property of each of a driver's devices, some at a time, to find out which of them answer. */
final class DeviceReads {
    private static final int AT_A_TIME = 32;

    /** A device that takes longer is none that a deployment may depend on. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final DeviceRegistry registry;
    private final DriverSession session;

    DeviceReads(DeviceRegistry registry, DriverSession session) {
        this.registry = registry;
        this.session = session;
    }

    /** Those that answer, as far as they could be asked in the time. */
    Set<DeviceId> answering(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        Set<DeviceId> answered = new LinkedHashSet<>();
        for (List<DeviceId> some : batches(session.onLine())) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (left.toMillis() <= 0) {
                break;
            }
            Map<DeviceId, String> failures = failures(some, left.compareTo(SHORT) < 0 ? left : SHORT);
            some.stream()
                    .filter(device ->
                            !failures.containsKey(device) && property(device).isPresent())
                    .forEach(answered::add);
        }
        return answered;
    }

    /** Whether they all answer still. One that does not at once gets the time to come on line, and a second chance. */
    Health probe(Collection<DeviceId> devices, Duration timeout) {
        for (List<DeviceId> some : batches(devices)) {
            long deadline = System.nanoTime() + timeout.toNanos();
            some.forEach(device -> session.awaitOnline(device, deadline));
            Map<DeviceId, String> failures = failures(failures(some, timeout).keySet(), timeout);
            if (!failures.isEmpty()) {
                return Health.critical(failures.values().iterator().next() + "; it answered before the deployment"
                        + (failures.size() == 1 ? "" : ", as " + (failures.size() - 1) + " more did"));
            }
        }
        return Health.ok(
                devices.size() == 1 ? "1 device answered a read" : devices.size() + " devices answered a read");
    }

    /** A property that the device can give, most likely. */
    private Optional<String> property(DeviceId device) {
        return Optional.ofNullable(registry.entry(device)).flatMap(DeviceEntry::probed);
    }

    /** Reads all at once. @return why each did not answer that did not */
    private Map<DeviceId, String> failures(Collection<DeviceId> devices, Duration timeout) {
        Map<DeviceId, CompletableFuture<?>> reads = new LinkedHashMap<>();
        for (DeviceId device : devices) {
            property(device).ifPresent(name -> reads.put(device, registry.get(device, List.of(name), timeout)));
        }
        Map<DeviceId, String> failures = new LinkedHashMap<>();
        reads.forEach((device, read) -> {
            try {
                read.join();
            } catch (CompletionException e) {
                failures.put(device, e.getCause().getMessage());
            }
        });
        return failures;
    }

    private static List<List<DeviceId>> batches(Collection<DeviceId> devices) {
        List<DeviceId> all = new ArrayList<>(devices);
        List<List<DeviceId>> batches = new ArrayList<>();
        for (int i = 0; i < all.size(); i += AT_A_TIME) {
            batches.add(all.subList(i, Math.min(all.size(), i + AT_A_TIME)));
        }
        return batches;
    }
}
