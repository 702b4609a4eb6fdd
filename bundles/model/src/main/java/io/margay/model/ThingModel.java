package io.margay.model;

import java.util.Map;
import java.util.Optional;

/**
 * What devices of a product can tell and do, read from a TSL-shaped document.
 *
 * @param properties by identifier, in the order of the document
 * @param events by identifier; without the pseudo event {@code post}
 * @param services by identifier; without the pseudo services {@code get} and {@code set}
 */
public record ThingModel(Map<String, Property> properties, Map<String, Event> events, Map<String, Service> services) {
    /**
     * A value that a device has.
     *
     * @param name for people; the identifier where not given
     * @param unit for people, for example {@code °C}
     */
    public record Property(
            String identifier, String name, boolean readable, boolean writable, DataType type, Optional<String> unit) {}

    /** Something that happens; {@code output} are the values it comes with. */
    public record Event(String identifier, Map<String, DataType> output) {}

    /** Something a device can be told to do. */
    public record Service(String identifier, Map<String, DataType> input, Map<String, DataType> output) {}

    /**
     * Reads a TSL-shaped document.
     *
     * @param tsl nested maps and lists
     * @throws InvalidException with a fault, by path, for each error
     */
    public static ThingModel read(Map<String, ?> tsl) throws InvalidException {
        return new ThingModelReader().read(tsl);
    }

    /**
     * Says why values do not fit.
     *
     * @return {@code identifier: reason}, or null when all fit
     */
    public String misfit(Map<String, ?> values) {
        for (Map.Entry<String, ?> entry : values.entrySet()) {
            Property property = properties.get(entry.getKey());
            if (property == null) {
                return entry.getKey() + ": the thing model has no such property";
            }
            String reason = property.type().misfit(entry.getValue());
            if (reason != null) {
                return entry.getKey() + ": " + reason;
            }
        }
        return null;
    }

    /** As {@link #misfit(Map)}, for an event's output or a service's input. */
    public static String misfit(Map<String, DataType> types, Map<String, ?> values) {
        for (Map.Entry<String, ?> entry : values.entrySet()) {
            DataType type = types.get(entry.getKey());
            if (type == null) {
                return entry.getKey() + ": the thing model has no such value here";
            }
            String reason = type.misfit(entry.getValue());
            if (reason != null) {
                return entry.getKey() + ": " + reason;
            }
        }
        return null;
    }
}
