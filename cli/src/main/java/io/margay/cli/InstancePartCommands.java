package io.margay.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on the parts of an edge instance. They change what will be deployed, and nothing that runs. */
final class InstancePartCommands {
    private InstancePartCommands() {}

    static List<Command> devices() {
        return List.of(
                new Device("add", "Put a device under the driver that handles it."),
                new Device("configure", "Change a device's driver or configuration."),
                new Remove("device", "PRODUCT/DEVICE"));
    }

    static List<Command> functions() {
        return List.of(
                new Function("add", "Add a function."),
                new Function("update", "Change a function; what is not named stays."),
                new Remove("function", "FUNCTION"));
    }

    static List<Command> routes() {
        return List.of(new Route(), new Remove("route", "ROUTE"));
    }

    static List<Command> products() {
        return List.of(new Product(), new Remove("product", "KEY"));
    }

    private static final class Remove extends InstancePartCommand {
        private final String label;

        Remove(String kind, String label) {
            super(
                    kind,
                    "remove",
                    "Remove a " + kind + ".",
                    "margay instance " + kind + " remove hall "
                            + (kind.equals("device") ? "boiler/boiler-1" : kind + "1"));
            this.label = label;
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addPositional(parameterSpec(1, label, "Which."));
        }

        @Override
        int run(Call call) throws CliException {
            String id = call.parameter(1);
            call.client().send("DELETE", part(call, id), null);
            return done(call, Map.of("removed", id), id, "is no longer in");
        }
    }

    private static final class Device extends InstancePartCommand {
        private final boolean add;

        Device(String name, String summary) {
            super(
                    "device",
                    name,
                    summary,
                    "margay instance device " + name + " hall boiler/boiler-1 --driver plc --config '{\"unitId\": 1}'");
            this.add = name.equals("add");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addPositional(parameterSpec(1, "PRODUCT/DEVICE", "Its product's key and its name."));
            spec.addOption(optionSpec("DRIVER", "The driver that handles it.", "--driver"));
            Fields.configSpec(spec);
            Fields.anySpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            String id = call.parameter(1);
            Map<String, Object> keys = new LinkedHashMap<>();
            if (add) {
                String[] names = device(id);
                keys.put("product", names[0]);
                keys.put("name", names[1]);
            }
            keys.putAll(new Fields(call).text("driver").any().keys());
            String config = call.option("--config", "");
            if (!config.isEmpty()) {
                keys.put("config", JsonOption.object("--config", config));
            }
            Client client = call.client();
            return add ? add(call, client, keys, id) : change(call, client, keys, id);
        }
    }

    private static final class Function extends InstancePartCommand {
        private final boolean add;

        Function(String name, String summary) {
            super("function", name, summary, "margay instance function " + name + " hall sum --catalog sum:1.0");
            this.add = name.equals("add");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addPositional(parameterSpec(1, "FUNCTION", "The function's name in this edge instance."));
            Fields.codeSpec(spec, "function");
            spec.addOption(optionSpec("HANDLER", "What is called.", "--handler"));
            spec.addOption(optionSpec("MODE", "on-demand or continuous.", "--mode"));
            spec.addOption(optionSpec("TIME", "Of one call, such as 5s.", "--timeout"));
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            String name = call.parameter(1);
            client.get(path(call));
            Map<String, Object> keys = new LinkedHashMap<>();
            if (add) {
                keys.put("name", name);
            }
            keys.putAll(new Fields(call)
                    .text("handler")
                    .text("mode")
                    .text("timeout")
                    .code(client, "function")
                    .keys());
            return add ? add(call, client, keys, name) : change(call, client, keys, name);
        }
    }

    private static final class Route extends InstancePartCommand {
        Route() {
            super(
                    "route",
                    "add",
                    "Add a route.",
                    "margay instance route add hall sums --from product:boiler --to function:sum");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addPositional(parameterSpec(1, "ROUTE", "The route's name."));
            spec.addOption(
                    optionSpec("SOURCE", "devices, device:PRODUCT/DEVICE, product:KEY or function:NAME.", "--from"));
            spec.addOption(optionSpec("TARGET", "function:NAME or log.", "--to"));
            spec.addOption(optionSpec("FILTER", "An MQTT topic filter (default: #).", "--filter"));
            Fields.anySpec(spec);
        }

        @Override
        int run(Call call) throws CliException {
            String name = call.parameter(1);
            Map<String, Object> keys = new LinkedHashMap<>();
            keys.put("name", name);
            for (String end : List.of("from", "to")) {
                String given = call.option("--" + end, "");
                int colon = given.indexOf(':');
                if (!given.isEmpty()) {
                    keys.put(end, colon < 0 ? given : Map.of(given.substring(0, colon), given.substring(colon + 1)));
                }
            }
            keys.putAll(new Fields(call).text("filter").any().keys());
            return add(call, call.client(), keys, name);
        }
    }

    private static final class Product extends InstancePartCommand {
        Product() {
            super(
                    "product",
                    "add",
                    "Add a product, a kind of device.",
                    "margay instance product add hall boiler --model boiler.json");
        }

        @Override
        void define(CommandSpec spec) {
            nameSpec(spec);
            spec.addPositional(parameterSpec(1, "KEY", "The product's key."));
            spec.addOption(optionSpec("FILE", "Its thing model, as JSON.", "--model"));
            spec.addOption(optionSpec("FILE", "What drivers need to know of it, as JSON.", "--extension"));
        }

        @Override
        int run(Call call) throws CliException {
            String key = call.parameter(1);
            Map<String, Object> keys = new LinkedHashMap<>();
            keys.put("key", key);
            for (String part : List.of("model", "extension")) {
                String file = call.option("--" + part, "");
                if (!file.isEmpty()) {
                    keys.put(part, JsonOption.object("--" + part, "@" + file));
                }
            }
            return add(call, call.client(), keys, key);
        }
    }
}
