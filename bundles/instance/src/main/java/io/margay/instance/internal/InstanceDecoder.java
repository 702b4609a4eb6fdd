package io.margay.instance.internal;

import io.margay.catalog.Catalogue;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.model.ThingModel;
import io.margay.model.TopicFilter;
import io.margay.model.WhenFull;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads an edge instance out of a document's values, and notes every fault. */
final class InstanceDecoder {
    /** A part that was read, and where, for the checks between parts. */
    record Read<T>(T part, Section section) {}

    private final Faults faults;
    private final Files files;
    private final WorkloadDecoder workloads;
    private final boolean draft;
    private final EdgeInstance there;
    private final List<Read<EdgeInstance.Product>> products = new ArrayList<>();
    private final List<Read<EdgeInstance.Driver>> drivers = new ArrayList<>();
    private final List<Read<EdgeInstance.Device>> devices = new ArrayList<>();
    private final List<Read<EdgeInstance.Function>> functions = new ArrayList<>();
    private final List<Read<EdgeInstance.Route>> routes = new ArrayList<>();

    /** @param catalogue empty for a draft: what it refers to, there or in itself, may come later */
    InstanceDecoder(Faults faults, Files files, Optional<Catalogue> catalogue) {
        this(faults, files, catalogue, EdgeInstance.EMPTY);
    }

    /** @param there what the document may refer to beside its own parts */
    InstanceDecoder(Faults faults, Files files, Optional<Catalogue> catalogue, EdgeInstance there) {
        this.there = there;
        this.faults = faults;
        this.files = files;
        this.workloads = new WorkloadDecoder(files, catalogue);
        this.draft = catalogue.isEmpty();
    }

    EdgeInstance decode(Value document) {
        Section root =
                new Section(faults, "", document, "instance", "products", "drivers", "devices", "functions", "routes");
        String name = root.required("instance", Limits::instanceName);
        root.list("products", (path, value) -> products.add(product(path, value)));
        root.list(
                "drivers",
                (path, value) -> drivers.add(new Read<>(workloads.driver(faults, path, value), anyKeys(path, value))));
        root.list("devices", (path, value) -> devices.add(device(path, value)));
        root.list(
                "functions",
                (path, value) ->
                        functions.add(new Read<>(workloads.function(faults, path, value), anyKeys(path, value))));
        root.list("routes", (path, value) -> routes.add(route(path, value)));

        Set<String> productKeys = unique(products, "product", "key", EdgeInstance.Product::key);
        Set<String> driverNames = unique(drivers, "driver", "name", EdgeInstance.Driver::name);
        Set<String> functionNames = unique(functions, "function", "name", EdgeInstance.Function::name);
        unique(routes, "route", "name", EdgeInstance.Route::name);
        Set<String> deviceIds =
                unique(devices, "device", "name", d -> d.id().deviceName().isEmpty() ? "" : d.id().toString());
        there.products().forEach(product -> productKeys.add(product.key()));
        there.drivers().forEach(driver -> driverNames.add(driver.name()));
        there.functions().forEach(function -> functionNames.add(function.name()));
        there.devices().forEach(device -> deviceIds.add(device.id().toString()));
        if (!draft) {
            for (Read<EdgeInstance.Device> device : devices) {
                refer(device.section(), "product", "product", device.part().id().productKey(), productKeys);
                refer(device.section(), "driver", "driver", device.part().driver(), driverNames);
            }
            for (Read<EdgeInstance.Route> route : routes) {
                check(route, productKeys, deviceIds, functionNames);
            }
            new MustConfigureCheck(drivers, devices, functions).check();
        }
        return new EdgeInstance(name, parts(products), parts(drivers), parts(devices), parts(functions), parts(routes));
    }

    private Section anyKeys(String path, Value value) {
        return value.isMap()
                ? new Section(faults, path, value, value.entries().keySet().toArray(String[]::new))
                : new Section(new Faults(), path, value);
    }

    private static <T> List<T> parts(List<Read<T>> read) {
        return read.stream().map(Read::part).toList();
    }

    private static <T> Set<String> unique(List<Read<T>> all, String what, String key, Function<T, String> name) {
        Map<String, String> seen = new HashMap<>();
        for (Read<T> one : all) {
            String text = name.apply(one.part());
            if (!text.isEmpty() && seen.putIfAbsent(text, one.section().path()) != null) {
                one.section().fault(key, what + " '" + text + "' stands here twice, first at " + seen.get(text));
            }
        }
        return new HashSet<>(seen.keySet());
    }

    private static void refer(Section section, String key, String what, String name, Set<String> known) {
        if (!name.isEmpty() && !known.contains(name)) {
            section.fault(key, "there is no " + what + " '" + name + "'" + Faults.didYouMean(name, known));
        }
    }

    private Read<EdgeInstance.Product> product(String path, Value value) {
        Section product = new Section(faults, path, value, "key", "model", "extension");
        return new Read<>(
                new EdgeInstance.Product(
                        product.required("key", Limits::productKey), model(product), product.free("extension")),
                product);
    }

    private Map<String, Object> model(Section product) {
        Optional<Value> found = product.find("model");
        if (found.isEmpty()) {
            product.fault("key 'model' is missing: the thing model, or {file: path/to/model.json}");
            return Map.of();
        }
        Value model = found.get();
        String place = "";
        if (model.isMap() && model.entries().keySet().equals(Set.of("file"))) {
            Section reference = new Section(faults, product.at("model"), model, "file");
            String path = reference.required("file");
            Optional<String> text = path.isEmpty() ? Optional.empty() : files.text(reference, "file", path);
            if (text.isEmpty()) {
                return Map.of();
            }
            try {
                model = JsonValues.read(text.get());
            } catch (InvalidException e) {
                e.faults().forEach(f -> reference.fault("file", inFile(path, f)));
                return Map.of();
            }
            place = path;
        }
        if (!model.isMap()) {
            product.fault("model", "a thing model is a map, not " + model.type());
            return Map.of();
        }
        Map<String, Object> tsl = model.plainMap();
        try {
            ThingModel.read(tsl);
        } catch (InvalidException e) {
            for (Fault fault : e.faults()) {
                if (place.isEmpty()) {
                    Places.Place at = Places.find(model, fault.path());
                    faults.add(
                            fault.path().isEmpty() ? product.at("model") : product.at("model") + "." + fault.path(),
                            at.value(),
                            fault.message());
                } else {
                    Places.Place at = Places.find(model, fault.path());
                    product.fault(
                            "model",
                            inFile(place, new Fault(fault.path(), at.value().line(), 0, fault.message())));
                }
            }
        }
        return tsl;
    }

    private static String inFile(String path, Fault fault) {
        return "in file '" + path + "': " + fault;
    }

    private Read<EdgeInstance.Device> device(String path, Value value) {
        Section device = new Section(faults, path, value, "product", "name", "driver", "config");
        return new Read<>(
                new EdgeInstance.Device(
                        new DeviceId(device.required("product"), device.required("name", Limits::deviceName)),
                        device.required("driver"),
                        ConfigurationDecoder.json(device, "config")),
                device);
    }

    private Read<EdgeInstance.Route> route(String path, Value value) {
        Section route = new Section(faults, path, value, "name", "from", "filter", "to", "queue", "whenFull", "stored");
        TopicFilter filter = TopicFilter.ALL;
        Optional<String> text = route.text("filter");
        if (text.isPresent()
                && !route.checked("filter", text.get(), f -> new TopicFilter(f).text())
                        .isEmpty()) {
            filter = new TopicFilter(text.get());
        }
        return new Read<>(
                new EdgeInstance.Route(
                        route.required("name", Limits::routeName),
                        source(route),
                        filter,
                        target(route),
                        route.number("queue", 1, Limits.MAX_QUEUE, Limits.DEFAULT_QUEUE),
                        route.word("whenFull", WhenFull.class).orElse(WhenFull.DROP_OLDEST),
                        route.flag("stored")),
                route);
    }

    private Source source(Section route) {
        Optional<Value> found = route.find("from");
        if (found.isEmpty()) {
            route.fault("key 'from' is missing: {device: PRODUCT/NAME}, {product: KEY}, {function: NAME} or devices");
            return new Source.AllDevices();
        }
        if (found.get().content() instanceof String word) {
            if (!word.equals("devices")) {
                route.fault("from", "'" + word + "' is no source; write devices for all devices");
            }
            return new Source.AllDevices();
        }
        Section from = new Section(faults, route.at("from"), found.get(), "device", "product", "function");
        if (!from.oneOf("device", "product", "function")) {
            return new Source.AllDevices();
        }
        if (from.has("product")) {
            return new Source.OfProduct(from.required("product"));
        }
        if (from.has("function")) {
            return new Source.OfFunction(from.required("function"));
        }
        String device = from.checked(
                "device", from.required("device"), d -> DeviceId.parse(d).toString());
        return device.isEmpty() ? new Source.AllDevices() : new Source.OfDevice(DeviceId.parse(device));
    }

    private Target target(Section route) {
        Optional<Value> found = route.find("to");
        if (found.isEmpty()) {
            route.fault("key 'to' is missing: {function: NAME} or log");
            return new Target.ToLog();
        }
        if (found.get().content() instanceof String word) {
            if (!word.equals("log")) {
                route.fault("to", "'" + word + "' is no target; write {function: NAME} or log");
            }
            return new Target.ToLog();
        }
        Section to = new Section(faults, route.at("to"), found.get(), "function");
        return new Target.ToFunction(to.required("function"));
    }

    private void check(
            Read<EdgeInstance.Route> route, Set<String> productKeys, Set<String> deviceIds, Set<String> functions) {
        Section section = route.section();
        Source source = route.part().source();
        if (source instanceof Source.OfDevice device) {
            referIn(section, "from", "device", device.device().toString(), deviceIds);
        } else if (source instanceof Source.OfProduct product) {
            referIn(section, "from", "product", product.productKey(), productKeys);
        } else if (source instanceof Source.OfFunction function) {
            referIn(section, "from", "function", function.function(), functions);
        }
        if (route.part().target() instanceof Target.ToFunction function) {
            referIn(section, "to", "function", function.function(), functions);
        }
    }

    private void referIn(Section section, String key, String what, String name, Set<String> known) {
        Optional<Value> inner = section.find(key);
        if (inner.isPresent()) {
            refer(new Section(faults, section.at(key), inner.get(), what), what, what, name, known);
        }
    }
}
