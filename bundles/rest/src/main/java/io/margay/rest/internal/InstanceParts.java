package io.margay.rest.internal;

import io.margay.instance.EdgeInstances.Part;
import io.margay.model.EdgeInstance;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Edge instances as lists of parts, each of which has an id among those of its kind. */
final class InstanceParts {
    private InstanceParts() {}

    /** The ids of the parts of each kind, in their order. */
    static Map<Part, List<String>> ids(EdgeInstance instance) {
        Map<Part, List<String>> ids = new EnumMap<>(Part.class);
        ids.put(Part.PRODUCT, ids(instance.products(), EdgeInstance.Product::key));
        ids.put(Part.DRIVER, ids(instance.drivers(), EdgeInstance.Driver::name));
        ids.put(Part.DEVICE, ids(instance.devices(), InstanceParts::id));
        ids.put(Part.FUNCTION, ids(instance.functions(), EdgeInstance.Function::name));
        ids.put(Part.ROUTE, ids(instance.routes(), EdgeInstance.Route::name));
        return ids;
    }

    private static String id(EdgeInstance.Device device) {
        return device.id().toString();
    }

    private static <T> List<String> ids(List<T> parts, Function<T, String> id) {
        return parts.stream().map(id).toList();
    }

    /** Without the parts of these ids, as far as there are such. */
    static EdgeInstance without(EdgeInstance instance, Map<Part, Set<String>> gone) {
        return new EdgeInstance(
                instance.name(),
                without(instance.products(), EdgeInstance.Product::key, gone.get(Part.PRODUCT)),
                without(instance.drivers(), EdgeInstance.Driver::name, gone.get(Part.DRIVER)),
                without(instance.devices(), InstanceParts::id, gone.get(Part.DEVICE)),
                without(instance.functions(), EdgeInstance.Function::name, gone.get(Part.FUNCTION)),
                without(instance.routes(), EdgeInstance.Route::name, gone.get(Part.ROUTE)));
    }

    private static <T> List<T> without(List<T> parts, Function<T, String> id, Set<String> gone) {
        return parts.stream().filter(part -> !gone.contains(id.apply(part))).toList();
    }

    /** With further parts; those of an id that is there stand in its place. */
    static EdgeInstance with(EdgeInstance instance, EdgeInstance further) {
        return new EdgeInstance(
                instance.name(),
                with(instance.products(), further.products(), EdgeInstance.Product::key),
                with(instance.drivers(), further.drivers(), EdgeInstance.Driver::name),
                with(instance.devices(), further.devices(), InstanceParts::id),
                with(instance.functions(), further.functions(), EdgeInstance.Function::name),
                with(instance.routes(), further.routes(), EdgeInstance.Route::name));
    }

    private static <T> List<T> with(List<T> parts, List<T> further, Function<T, String> id) {
        Map<String, Integer> places = new HashMap<>();
        List<T> all = new ArrayList<>(parts);
        for (T part : parts) {
            places.put(id.apply(part), places.size());
        }
        for (T part : further) {
            Integer place = places.get(id.apply(part));
            if (place == null) {
                all.add(part);
            } else {
                all.set(place, part);
            }
        }
        return all;
    }
}
