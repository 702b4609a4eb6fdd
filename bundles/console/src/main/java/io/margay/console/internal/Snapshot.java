package io.margay.console.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Deployer.WorkloadStatus;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.function.Functions.FunctionStatus;
import io.margay.router.Routes;
import io.margay.router.Routes.RouteStatus;
import io.margay.scheduler.Cron;
import io.margay.scheduler.Cron.TimerStatus;
import io.margay.spi.ContainerEngine;
import io.margay.telemetry.LogStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** All that the page shows, at one moment, as maps and lists for JSON. Texts are as they came: the page escapes them. */
final class Snapshot {
    private final String version;
    private final Deployer deployer;
    private final Functions functions;
    private final Routes routes;
    private final Cron cron;
    private final DeviceRows devices;
    private final LogRows log;
    private final Supplier<ContainerEngine> engine;

    /** @param engine gives null while there is none */
    Snapshot(
            String version,
            Deployer deployer,
            Devices devices,
            Functions functions,
            Routes routes,
            Cron cron,
            LogStore logs,
            Supplier<ContainerEngine> engine) {
        this.version = version;
        this.deployer = deployer;
        this.functions = functions;
        this.routes = routes;
        this.cron = cron;
        this.devices = new DeviceRows(devices, deployer);
        this.engine = engine;
        log = new LogRows(logs, Host.started());
    }

    Map<String, Object> view(Question question) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("now", System.currentTimeMillis());
        Map<String, Object> gateway = new LinkedHashMap<>();
        gateway.put("instance", deployer.current().name());
        gateway.put("version", version);
        gateway.putAll(Host.view());
        gateway.put("engine", engine(engine.get()));
        view.put("gateway", gateway);
        List<WorkloadStatus> workloads = deployer.workloads();
        // The log's filter offers all workloads, whatever the table is filtered by.
        view.put(
                "names",
                workloads.stream().map(w -> w.id().toString()).distinct().toList());
        view.put("workloads", Rows.of(workloads, question.workloads(), Snapshot::searched, Snapshot::row));
        view.put("devices", devices.view(question));
        view.put("functions", functions(question));
        view.put("routes", Rows.of(routes.list(), question.routes(), Snapshot::searched, Snapshot::row));
        view.put("log", log.view(question));
        return view;
    }

    /** What the container engine is, or why there is none. */
    private static String engine(ContainerEngine engine) {
        if (engine == null) {
            return "none";
        }
        ContainerEngine.Status status = engine.status();
        String state = status.state().name().toLowerCase(Locale.ROOT);
        return status.ready() ? status.product() : status.message().isBlank() ? state : state + ": " + status.message();
    }

    private static String state(WorkloadStatus workload) {
        return workload.status().state().name().toLowerCase(Locale.ROOT);
    }

    private static String searched(WorkloadStatus workload) {
        return workload.id() + " " + state(workload) + " " + workload.language() + " " + workload.isolation() + " "
                + workload.status().reason()
                + workload.container()
                        .map(settings -> " " + String.join(" ", ContainerTexts.ofHost(settings)))
                        .orElse("");
    }

    private static Map<String, Object> row(WorkloadStatus workload) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", workload.id().toString());
        row.put("generation", workload.generation());
        row.put("version", workload.version());
        row.put("code", workload.code());
        row.put("language", workload.language());
        row.put("isolation", workload.isolation());
        row.put("host", workload.container().map(ContainerTexts::ofHost).orElse(List.of()));
        row.put("memory", workload.memoryMegabytes().orElse(0));
        row.put("state", state(workload));
        row.put("reason", workload.status().reason());
        row.put("since", workload.status().since().toEpochMilli());
        row.put("processes", workload.status().processes());
        row.put("restarts", workload.status().restarts());
        return row;
    }

    private Map<String, Object> functions(Question question) {
        Map<String, List<TimerStatus>> timers =
                cron.list().stream().collect(Collectors.groupingBy(TimerStatus::function));
        return Rows.of(
                functions.list(),
                question.functions(),
                function -> function.name() + " " + function.lastError(),
                function -> row(function, timers.getOrDefault(function.name(), List.of())));
    }

    private static Map<String, Object> row(FunctionStatus function, List<TimerStatus> timers) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", function.name());
        row.put("instances", function.instances());
        row.put("queued", function.queued());
        row.put("running", function.running());
        row.put("succeeded", function.succeeded());
        row.put("failed", function.failed());
        row.put("timedOut", function.timedOut());
        row.put("refused", function.refused());
        row.put("meanMicros", function.meanMicros());
        row.put("lastError", function.lastError());
        row.put("timers", timers.stream().map(Snapshot::timer).toList());
        return row;
    }

    private static Map<String, Object> timer(TimerStatus timer) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", timer.timer().name());
        view.put("cron", timer.timer().cron());
        view.put("zone", timer.timer().zone().orElse(""));
        // In the timer's own zone, as the cron expression means it.
        view.put(
                "next",
                timer.next().stream()
                        .map(next -> next.toOffsetDateTime().toString())
                        .toList());
        view.put("fired", timer.fired());
        view.put("skipped", timer.skipped());
        return view;
    }

    private static String searched(RouteStatus status) {
        return status.route().name() + " " + status.route().source() + " "
                + status.route().filter().text() + " " + status.route().target();
    }

    private static Map<String, Object> row(RouteStatus status) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", status.route().name());
        row.put("from", status.route().source().toString());
        row.put("filter", status.route().filter().text());
        row.put("to", status.route().target().toString());
        row.put("whenFull", status.route().whenFull().word());
        row.put("capacity", status.route().queue());
        row.put("stored", status.route().stored());
        row.put("queued", status.queued());
        row.put("forwarded", status.forwarded());
        row.put("dropped", status.dropped());
        return row;
    }
}
