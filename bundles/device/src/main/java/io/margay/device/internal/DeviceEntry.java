package io.margay.device.internal;

import io.margay.device.Devices.DeviceStatus;
import io.margay.device.Devices.Value;
import io.margay.model.DeviceId;
import io.margay.model.Source;
import io.margay.model.ThingModel;
import io.margay.spi.Masking;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** A device of the edge instance: what stays when the driver's generation changes. */
final class DeviceEntry {
    final DeviceId id;
    final Source source;
    final DriverSlot driver;

    private final String propertyTopic;
    private final String eventPrefix;
    private final Map<String, Value> values = new ConcurrentHashMap<>();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile ThingModel model;
    private volatile Map<String, String> eventTopics = Map.of();
    private volatile String lastRefusal = "";

    DeviceEntry(DeviceId id, DriverSlot driver, ThingModel model) {
        this.id = id;
        this.driver = driver;
        source = new Source.OfDevice(id);
        String base = "/sys/" + id.productKey() + "/" + id.deviceName() + "/thing/event/";
        propertyTopic = base + "property/post";
        eventPrefix = base;
        change(model);
    }

    /** Takes a changed thing model. */
    void change(ThingModel changed) {
        Map<String, String> topics = new HashMap<>();
        changed.events().keySet().forEach(event -> topics.put(event, eventPrefix + event + "/post"));
        eventTopics = topics;
        values.keySet().retainAll(changed.properties().keySet());
        model = changed;
    }

    ThingModel model() {
        return model;
    }

    String propertyTopic() {
        return propertyTopic;
    }

    String eventTopic(String event) {
        return eventTopics.get(event);
    }

    void accepted() {
        accepted.increment();
    }

    /** @return how many reports of this device were refused, this one included */
    long refused(String reason) {
        lastRefusal = Masking.mask(reason);
        refused.increment();
        return refused.sum();
    }

    void keep(Map<String, ?> reported, long time) {
        reported.forEach((property, value) -> values.put(property, new Value(value, time)));
    }

    /** The property to read when it is asked whether the device answers: one that it gave before, where there is one. */
    Optional<String> probed() {
        List<String> readable = model.properties().values().stream()
                .filter(ThingModel.Property::readable)
                .map(ThingModel.Property::identifier)
                .toList();
        return readable.stream().filter(values::containsKey).findFirst().or(() -> readable.stream()
                .findFirst());
    }

    DeviceStatus status() {
        Connection connection = driver.connection(id);
        boolean online = connection != null && connection.online();
        return new DeviceStatus(
                id,
                driver.name(),
                online,
                online ? "" : connection == null ? driver.whyNotConnected() : connection.reason(),
                connection == null ? driver.since() : connection.since(),
                new TreeMap<>(values),
                accepted.sum(),
                refused.sum(),
                lastRefusal);
    }
}
