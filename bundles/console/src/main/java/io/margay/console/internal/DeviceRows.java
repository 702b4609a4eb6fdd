package io.margay.console.internal;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.device.Devices.DeviceStatus;
import io.margay.device.Devices.Value;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.ThingModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The devices' table. Names and units come from the thing models of the edge instance that runs. Thread-safe. */
final class DeviceRows {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceRows.class);

    /** Values of one device that are shown. */
    static final int VALUES = 24;

    private static final ThingModel UNKNOWN = new ThingModel(Map.of(), Map.of(), Map.of());

    /** Thing models by product key, and what they were read from: they are read anew only when that changes. */
    private record Models(List<EdgeInstance.Product> products, Map<String, ThingModel> byKey) {}

    private final Devices devices;
    private final Deployer deployer;
    private volatile Models kept = new Models(List.of(), Map.of());

    DeviceRows(Devices devices, Deployer deployer) {
        this.devices = devices;
        this.deployer = deployer;
    }

    /** {@code total}, {@code online}, {@code problems}, {@code matching} and {@code rows}. */
    Map<String, Object> view(Question question) {
        List<DeviceStatus> all = devices.list();
        List<DeviceStatus> asked =
                question.problems() ? all.stream().filter(DeviceRows::problem).toList() : all;
        Map<String, ThingModel> models = models();
        Map<String, Object> table = Rows.of(
                asked,
                question.devices(),
                device -> device.id() + " " + device.driver() + " " + device.reason(),
                device -> row(device, models.getOrDefault(device.id().productKey(), UNKNOWN)));
        table.put("total", all.size());
        table.put("online", all.stream().filter(DeviceStatus::online).count());
        table.put("problems", all.stream().filter(DeviceRows::problem).count());
        return table;
    }

    private static boolean problem(DeviceStatus device) {
        return !device.online() || device.refused() > 0;
    }

    private static Map<String, Object> row(DeviceStatus device, ThingModel model) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", device.id().toString());
        row.put("driver", device.driver());
        row.put("online", device.online());
        row.put("reason", device.reason());
        row.put("since", device.since());
        row.put("accepted", device.accepted());
        row.put("refused", device.refused());
        row.put("lastRefusal", device.lastRefusal());
        List<Map<String, Object>> values = new ArrayList<>();
        // In the order of the thing model, where its author put first what matters.
        Set<String> order = new LinkedHashSet<>(model.properties().keySet());
        order.addAll(device.values().keySet());
        for (String property : order) {
            Value value = device.values().get(property);
            if (value != null && values.size() < VALUES) {
                values.add(value(property, value, model.properties().get(property)));
            }
        }
        row.put("values", values);
        row.put("more", device.values().size() - values.size());
        return row;
    }

    private static Map<String, Object> value(String identifier, Value value, ThingModel.Property property) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", identifier);
        view.put("text", Texts.value(value.value(), property == null ? null : property.type()));
        view.put("unit", property == null ? "" : property.unit().orElse(""));
        view.put("time", value.time());
        return view;
    }

    private Map<String, ThingModel> models() {
        List<EdgeInstance.Product> products = deployer.current().products();
        Models now = kept;
        if (now.products() != products && !now.products().equals(products)) {
            now = new Models(products, read(products));
            kept = now;
        }
        return now.byKey();
    }

    private static Map<String, ThingModel> read(List<EdgeInstance.Product> products) {
        Map<String, ThingModel> models = new HashMap<>();
        for (EdgeInstance.Product product : products) {
            try {
                models.put(product.key(), ThingModel.read(product.model()));
            } catch (InvalidException e) {
                LOG.warn(
                        "values of product {} are shown without units: its thing model is not valid", product.key(), e);
            }
        }
        return models;
    }
}
