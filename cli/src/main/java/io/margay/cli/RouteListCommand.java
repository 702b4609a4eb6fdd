package io.margay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Lists the routes. */
final class RouteListCommand extends Command {
    RouteListCommand() {
        super("list", "List the routes and what went over them.", "margay route list");
    }

    @Override
    void define(CommandSpec spec) {
        // Nothing beside the common options.
    }

    @Override
    int run(Call call) throws CliException {
        Map<String, Object> answer = call.client().get("/routes");
        List<Map<String, Object>> routes = Json.maps(answer.get("routes"));
        if (call.json()) {
            call.terminal().line(Json.text(answer));
        } else if (routes.isEmpty()) {
            call.terminal().line("No routes yet; declare some in a file and run: margay apply -f FILE");
        } else {
            List<List<String>> rows = new ArrayList<>();
            for (Map<String, Object> route : routes) {
                rows.add(List.of(
                        Json.string(route, "name"),
                        end(route.get("from")),
                        Json.string(route, "filter"),
                        end(route.get("to")),
                        Boolean.TRUE.equals(route.get("stored")) ? "disk" : "memory",
                        Json.string(route, "queued"),
                        Json.string(route, "forwarded"),
                        Json.string(route, "dropped")));
            }
            call.terminal()
                    .table(List.of("ROUTE", "FROM", "FILTER", "TO", "QUEUE", "WAITING", "FORWARDED", "DROPPED"), rows);
        }
        return ExitCode.OK;
    }

    /** {@code {"function":"alarm"}} as {@code function alarm}; a bare word as it is. */
    private static String end(Object value) {
        if (value instanceof Map<?, ?> map && map.size() == 1) {
            Map.Entry<?, ?> only = map.entrySet().iterator().next();
            return only.getKey() + " " + only.getValue();
        }
        return String.valueOf(value);
    }
}
