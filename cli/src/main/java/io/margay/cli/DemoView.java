package io.margay.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the demo shows: the way of a value from the device over the functions to the alarms, again and again. */
final class DemoView {
    /** Shows the cursor again and lets lines wrap. */
    static final String LEAVE = "\u001b[?25h\u001b[?7h";

    private static final String ENTER = "\u001b[?25l\u001b[?7l";
    private static final int ALARMS = 4;

    private final Terminal terminal;
    private final Client client;
    private final Optional<String> login;
    private final long seconds;
    private final Path home;
    private final Map<String, Map<String, String>> units = new LinkedHashMap<>();
    private final long begun = System.nanoTime();
    private int drawn;

    /** @param login user and password for the console */
    DemoView(Terminal terminal, Client client, Optional<String> login, long seconds, Path home) throws CliException {
        this.terminal = terminal;
        this.client = client;
        this.login = login;
        this.seconds = seconds;
        this.home = home;
        for (Map<String, Object> product : Json.maps(client.get("/instance").get("products"))) {
            Map<String, String> byProperty = new LinkedHashMap<>();
            for (Map<String, Object> property :
                    Json.maps(Json.map(product.get("model")).get("properties"))) {
                Map<String, Object> specs =
                        Json.map(Json.map(property.get("dataType")).get("specs"));
                byProperty.put(Json.string(property, "identifier"), Json.string(specs, "unit"));
            }
            units.put(Json.string(product, "key"), byProperty);
        }
    }

    /** Asks the gateway and draws. */
    void show() throws CliException {
        List<Map<String, Object>> devices = Json.maps(client.get("/devices").get("devices"));
        List<Map<String, Object>> functions = Json.maps(client.get("/functions").get("functions"));
        List<Map<String, Object>> alarms =
                Json.maps(client.get("/logs?level=warn&limit=" + ALARMS).get("records"));
        if (terminal.live()) {
            draw(lines(devices, functions, alarms));
        } else {
            terminal.line(plain(devices, functions, alarms));
            terminal.out().flush();
        }
    }

    private void draw(List<String> lines) {
        StringBuilder screen = new StringBuilder(ENTER);
        if (drawn > 0) {
            screen.append("\u001b[").append(drawn).append('A');
        }
        lines.forEach(line -> screen.append(line).append("\u001b[K\n"));
        screen.append("\u001b[J");
        drawn = lines.size();
        terminal.out().print(screen);
        terminal.out().flush();
    }

    private List<String> lines(
            List<Map<String, Object>> devices, List<Map<String, Object>> functions, List<Map<String, Object>> alarms) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(terminal.styled(Terminal.Style.BOLD, "Margay demo") + "  a boiler over Modbus TCP → driver → route"
                + " → functions → alarms   " + terminal.styled(Terminal.Style.DIM, clock()));
        lines.add("");
        List<List<String>> values = new ArrayList<>();
        for (Map<String, Object> device : devices) {
            values.addAll(values(device));
        }
        lines.addAll(terminal.tableLines(List.of("DEVICE", "PROPERTY", "VALUE", "UNIT", "AGE"), values));
        lines.add("");
        lines.addAll(functions(functions));
        lines.add("");
        lines.add(terminal.styled(Terminal.Style.BOLD, "ALARMS AND WARNINGS"));
        if (alarms.isEmpty()) {
            lines.add(terminal.styled(Terminal.Style.GREEN, "none yet") + "; the boiler gets too hot now and then");
        }
        for (Map<String, Object> alarm : alarms) {
            lines.add(terminal.styled(Terminal.Style.YELLOW, "! ") + brief(alarm));
        }
        lines.add("");
        lines.add("Look further:  " + client.gateway().url() + "/system/console/margay"
                + login.map(text -> "  (" + text + ")").orElse(""));
        lines.add("               margay logs -f --home " + home);
        lines.add(terminal.styled(Terminal.Style.DIM, "Ctrl-C ends the demo and leaves nothing behind."));
        return lines;
    }

    private String clock() {
        long running = (System.nanoTime() - begun) / 1_000_000_000L;
        return Text.duration(running) + (seconds > 0 ? " of " + Text.duration(seconds) : "");
    }

    private List<List<String>> values(Map<String, Object> device) {
        String name = Json.string(device, "productKey") + "/" + Json.string(device, "deviceName");
        List<List<String>> rows = new ArrayList<>();
        if (!Json.bool(device, "online")) {
            String reason = Json.string(device, "reason");
            rows.add(List.of(
                    name, terminal.styled(Terminal.Style.RED, "off line"), Text.brief(reason, 50), "", age(device)));
            return rows;
        }
        Json.map(device.get("values")).forEach((property, object) -> {
            Map<String, Object> value = Json.map(object);
            rows.add(List.of(
                    rows.isEmpty() ? name : "",
                    property,
                    terminal.styled(Terminal.Style.BOLD, Text.value(value.get("value"))),
                    unit(device, property),
                    Text.age(Json.number(value, "time"))));
        });
        if (rows.isEmpty()) {
            rows.add(List.of(name, "on line", "no report yet", "", age(device)));
        }
        return rows;
    }

    private static String age(Map<String, Object> device) {
        return Text.age(Json.number(device, "since"));
    }

    private String unit(Map<String, Object> device, String property) {
        return units.getOrDefault(Json.string(device, "productKey"), Map.of()).getOrDefault(property, "");
    }

    private List<String> functions(List<Map<String, Object>> functions) {
        List<List<String>> rows = new ArrayList<>();
        for (Map<String, Object> function : functions) {
            long failed = Json.number(function, "failed") + Json.number(function, "timedOut");
            rows.add(List.of(
                    Json.string(function, "name"),
                    Json.string(function, "language"),
                    terminal.state(Json.string(function, "state")),
                    Json.string(function, "succeeded"),
                    failed == 0 ? "0" : terminal.styled(Terminal.Style.RED, Long.toString(failed)),
                    Text.micros(Json.number(function, "meanMicros"))));
        }
        return terminal.tableLines(List.of("FUNCTION", "LANGUAGE", "STATE", "CALLS", "FAILED", "MEAN"), rows);
    }

    private static String brief(Map<String, Object> alarm) {
        String workload = Json.string(alarm, "workload");
        return LogsCommand.time(Json.number(alarm, "time")).substring(0, 8) + "  "
                + (workload.isEmpty() ? "gateway" : workload) + "  " + Text.brief(Json.string(alarm, "message"), 100);
    }

    private String plain(
            List<Map<String, Object>> devices, List<Map<String, Object>> functions, List<Map<String, Object>> alarms) {
        StringBuilder line = new StringBuilder(clock());
        for (Map<String, Object> device : devices) {
            line.append(" | ").append(Json.string(device, "deviceName"));
            if (!Json.bool(device, "online")) {
                line.append(" off line");
            }
            Json.map(device.get("values")).forEach((property, object) -> line.append(' ')
                    .append(property)
                    .append('=')
                    .append(Text.value(Json.map(object).get("value")))
                    .append(unit(device, property)));
        }
        for (Map<String, Object> function : functions) {
            line.append(" | ")
                    .append(Json.string(function, "name"))
                    .append(' ')
                    .append(Json.string(function, "succeeded"))
                    .append(" calls");
            long failed = Json.number(function, "failed") + Json.number(function, "timedOut");
            if (failed > 0) {
                line.append(", ").append(failed).append(" failed");
            }
        }
        if (!alarms.isEmpty()) {
            line.append(" | last alarm ").append(brief(alarms.get(alarms.size() - 1)));
        }
        return line.toString();
    }
}
