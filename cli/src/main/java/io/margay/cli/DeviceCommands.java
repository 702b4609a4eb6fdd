package io.margay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on devices. */
final class DeviceCommands {
    private DeviceCommands() {}

    static List<Command> all() {
        return List.of(new ListAll(), new Get(), new Set(), new CallService());
    }

    private abstract static class OnDevice extends Command {
        OnDevice(String name, String summary, String example) {
            super(name, summary, example);
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "DEVICE", "PRODUCT_KEY/DEVICE_NAME"));
            spec.addOption(optionSpec("TIME", "How long the device may take, such as 5s (default: 10s).", "--timeout"));
        }

        static String path(Call call) throws CliException {
            String device = call.parameter(0);
            int slash = device.indexOf('/');
            if (slash <= 0 || slash == device.length() - 1 || device.indexOf('/', slash + 1) >= 0) {
                throw new CliException(
                        ExitCode.BAD_INPUT, "'" + device + "' is no device; write PRODUCT_KEY/DEVICE_NAME");
            }
            return "/devices/" + Client.segment(device.substring(0, slash)) + "/"
                    + Client.segment(device.substring(slash + 1));
        }

        static String timeout(Call call) {
            return Client.query(List.of("timeout", call.option("--timeout", "")));
        }

        static void values(Call call, Map<String, Object> values) {
            if (call.json()) {
                call.terminal().line(Json.text(values));
            } else if (!values.isEmpty()) {
                List<List<String>> rows = new ArrayList<>();
                values.forEach((name, value) -> rows.add(List.of(name, Text.value(value))));
                call.terminal().table(List.of("NAME", "VALUE"), rows);
            }
        }
    }

    /** {@code name=value} each; a value is JSON, or else a text. */
    static Map<String, Object> assignments(List<String> texts) throws CliException {
        Map<String, Object> values = new LinkedHashMap<>();
        for (String text : texts) {
            int equals = text.indexOf('=');
            if (equals <= 0) {
                throw new CliException(ExitCode.BAD_INPUT, "'" + text + "': write NAME=VALUE");
            }
            values.put(text.substring(0, equals), value(text.substring(equals + 1)));
        }
        return values;
    }

    private static Object value(String text) throws CliException {
        try {
            return text.isEmpty() ? text : Json.read(text);
        } catch (JsonProcessingException e) {
            if (text.startsWith("{") || text.startsWith("[") || text.startsWith("\"")) {
                throw new CliException(ExitCode.BAD_INPUT, "'" + text + "' is no JSON: " + e.getOriginalMessage());
            }
            return text;
        } catch (IOException e) {
            throw new CliException(ExitCode.BAD_INPUT, "'" + text + "' is no value: " + e.getMessage());
        }
    }

    private static final class ListAll extends Command {
        ListAll() {
            super("list", "List the devices and what they reported last.", "margay device list");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get("/devices");
            List<Map<String, Object>> devices = Json.maps(answer.get("devices"));
            if (call.json()) {
                call.terminal().line(Json.text(answer));
            } else if (devices.isEmpty()) {
                call.terminal().line("No devices yet; declare some in a file and run: margay apply -f FILE");
            } else {
                table(call.terminal(), devices);
            }
            return ExitCode.OK;
        }

        private static void table(Terminal terminal, List<Map<String, Object>> devices) {
            List<List<String>> rows = new ArrayList<>();
            for (Map<String, Object> device : devices) {
                StringBuilder values = new StringBuilder();
                Json.map(device.get("values")).forEach((name, value) -> values.append(values.isEmpty() ? "" : ", ")
                        .append(name)
                        .append('=')
                        .append(Text.value(Json.map(value).get("value"))));
                boolean online = Json.bool(device, "online");
                rows.add(List.of(
                        Json.string(device, "productKey") + "/" + Json.string(device, "deviceName"),
                        terminal.state(online ? "on line" : "off line"),
                        Text.age(Json.number(device, "since")),
                        Json.string(device, "driver"),
                        Json.number(device, "accepted") + "/" + Json.number(device, "refused"),
                        Text.brief(online ? values.toString() : Json.string(device, "reason"), 100)));
            }
            terminal.table(List.of("DEVICE", "STATE", "FOR", "DRIVER", "TAKEN/REFUSED", "VALUES OR REASON"), rows);
        }
    }

    private static final class Get extends OnDevice {
        Get() {
            super("get", "Ask a device for its properties now.", "margay device get boiler/boiler-1 temperature");
        }

        @Override
        void define(CommandSpec spec) {
            super.define(spec);
            spec.addPositional(restSpec(1, "PROPERTY", "Which ones (default: all that can be read)."));
        }

        @Override
        int run(Call call) throws CliException {
            List<String> query = new ArrayList<>(List.of("timeout", call.option("--timeout", "")));
            for (String name : call.rest(1)) {
                query.add("name");
                query.add(name);
            }
            values(call, call.client().get(path(call) + "/properties" + Client.query(query)));
            return ExitCode.OK;
        }
    }

    private static final class Set extends OnDevice {
        Set() {
            super("set", "Set properties of a device.", "margay device set boiler/boiler-1 setpoint=65 pump=true");
        }

        @Override
        void define(CommandSpec spec) {
            super.define(spec);
            spec.addPositional(restSpec(1, "NAME=VALUE", "Numbers, true, false, JSON, or a text."));
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> values = assignments(call.rest(1));
            if (values.isEmpty()) {
                throw new CliException(ExitCode.BAD_INPUT, "Name at least one property: NAME=VALUE");
            }
            call.client().send("PUT", path(call) + "/properties" + timeout(call), values);
            call.terminal().line(call.json() ? Json.text(values) : call.parameter(0) + " took it");
            return ExitCode.OK;
        }
    }

    private static final class CallService extends OnDevice {
        CallService() {
            super("call", "Call a service of a device.", "margay device call boiler/boiler-1 flush seconds=5");
        }

        @Override
        void define(CommandSpec spec) {
            super.define(spec);
            spec.addPositional(parameterSpec(1, "SERVICE", "The service's identifier in the thing model."));
            spec.addPositional(restSpec(2, "NAME=VALUE", "Its input."));
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> input = assignments(call.rest(2));
            String path = path(call) + "/services/" + Client.segment(call.parameter(1)) + timeout(call);
            values(call, call.client().send("POST", path, input));
            return ExitCode.OK;
        }
    }
}
