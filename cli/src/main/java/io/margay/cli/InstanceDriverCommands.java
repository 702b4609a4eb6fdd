package io.margay.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on the drivers of an edge instance. */
final class InstanceDriverCommands {
    private InstanceDriverCommands() {}

    static List<Command> all() {
        return List.of(new Assign(), new Unassign());
    }

    /** The word {@code driver} stands between the two names: what else may be assigned one day has its own. */
    private abstract static class OnDriver extends InstancePartCommand {
        OnDriver(String name, String summary, String example) {
            super("driver", name, summary, example);
        }

        static void driverSpec(CommandSpec spec) {
            nameSpec(spec);
            spec.addPositional(parameterSpec(1, "driver", "This word."));
            spec.addPositional(parameterSpec(2, "DRIVER", "The driver's name in this edge instance."));
        }

        static String driver(Call call) throws CliException {
            if (!call.parameter(1).equals("driver")) {
                throw new CliException(
                        ExitCode.BAD_INPUT, "'" + call.parameter(1) + "' can't be assigned; write: driver NAME");
            }
            return call.parameter(2);
        }
    }

    private static final class Assign extends OnDriver {
        Assign() {
            super(
                    "assign",
                    "Assign a driver, or change one that is assigned; what is not named stays.",
                    "margay instance assign hall driver plc --catalog plc:1.0 --config '{\"port\": 502}'");
        }

        @Override
        void define(CommandSpec spec) {
            driverSpec(spec);
            Fields.codeSpec(spec, "driver");
        }

        @Override
        int run(Call call) throws CliException {
            Client client = call.client();
            String driver = driver(call);
            Map<String, Object> instance = client.get(path(call));
            boolean there = Json.maps(Json.map(instance.get("document")).get("drivers")).stream()
                    .anyMatch(assigned -> Json.string(assigned, "name").equals(driver));
            Map<String, Object> given = new Fields(call).code(client, "driver").keys();
            if (there) {
                return change(call, client, given, driver);
            }
            Map<String, Object> keys = new LinkedHashMap<>();
            keys.put("name", driver);
            keys.putAll(given);
            return add(call, client, keys, driver);
        }
    }

    private static final class Unassign extends OnDriver {
        Unassign() {
            super("unassign", "Take a driver away.", "margay instance unassign hall driver plc --with-devices");
        }

        @Override
        void define(CommandSpec spec) {
            driverSpec(spec);
            spec.addOption(flagSpec("Its devices too.", "--with-devices"));
        }

        @Override
        int run(Call call) throws CliException {
            String driver = driver(call);
            String devices = call.flag("--with-devices") ? "?devices=true" : "";
            call.client().send("DELETE", part(call, driver) + devices, null);
            return done(call, Map.of("removed", driver), driver, "is no longer in");
        }
    }
}
