package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstances;
import io.margay.model.Source;
import io.margay.model.Word;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import io.margay.spi.ContainerEngine;
import io.margay.spi.ResourceUsage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the gateway, its workloads and routes are. */
final class StatusResource {
    private static final Logger LOG = LoggerFactory.getLogger(StatusResource.class);

    private static final ContainerEngine.Status NO_ENGINE = new ContainerEngine.Status(
            ContainerEngine.State.NONE, "", "", "the gateway was started without its bundle container");

    private final String version;
    private final EdgeInstances instances;
    private final Deployer deployer;
    private final Devices devices;
    private final Routes routes;
    private final Functions functions;
    private final Cron cron;
    private final ResourceUsage usage;
    private final Supplier<ContainerEngine> engine;

    /** @param engine gives null while there is none */
    StatusResource(
            String version,
            EdgeInstances instances,
            Deployer deployer,
            Devices devices,
            Routes routes,
            Functions functions,
            Cron cron,
            ResourceUsage usage,
            Supplier<ContainerEngine> engine) {
        this.version = version;
        this.instances = instances;
        this.deployer = deployer;
        this.devices = devices;
        this.routes = routes;
        this.functions = functions;
        this.cron = cron;
        this.usage = usage;
        this.engine = engine;
    }

    void addTo(Router router) {
        router.add("GET", "/status", x -> x.json(200, status()))
                .add("GET", "/workloads", x -> x.json(200, Map.of("workloads", workloads())))
                .add("GET", "/routes", x -> x.json(200, Map.of("routes", routeViews())));
    }

    private Map<String, Object> status() {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("version", version);
        status.put("uptimeSeconds", ManagementFactory.getRuntimeMXBean().getUptime() / 1000);
        status.put("gateway", gateway());
        status.put("instance", deployer.current().name());
        status.put("pid", ProcessHandle.current().pid());
        status.put("java", Runtime.version().toString());
        status.put("memory", memory());
        status.put("containerEngine", containerEngine(engine.get()));
        status.put("workloads", workloads());
        status.put("counts", counts());
        return status;
    }

    /** Null where it can't be read: the rest is told all the same. */
    private String gateway() {
        try {
            return instances.gateway().id();
        } catch (EdgeInstanceException | UncheckedIOException e) {
            LOG.warn("{}", e.getMessage(), e);
            return null;
        }
    }

    private static Map<String, Object> containerEngine(ContainerEngine engine) {
        ContainerEngine.Status status = engine == null ? NO_ENGINE : engine.status();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("state", status.state().name().toLowerCase(Locale.ROOT));
        view.put("endpoint", status.endpoint());
        view.put("product", status.product());
        view.put("message", status.message());
        return view;
    }

    private static Map<String, Object> memory() {
        Runtime runtime = Runtime.getRuntime();
        Map<String, Object> memory = new LinkedHashMap<>();
        memory.put("rssBytes", residentBytes());
        memory.put("heapUsedBytes", runtime.totalMemory() - runtime.freeMemory());
        memory.put("heapMaxBytes", runtime.maxMemory());
        return memory;
    }

    /** Null where the system does not say. */
    private static Long residentBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            LOG.debug("this system has no /proc/self/status", e);
            return null;
        }
    }

    private Map<String, Object> counts() {
        List<Devices.DeviceStatus> allDevices = devices.list();
        List<Routes.RouteStatus> allRoutes = routes.list();
        List<Functions.FunctionStatus> allFunctions = functions.list();
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("devices", allDevices.size());
        counts.put(
                "devicesOnline",
                allDevices.stream().filter(Devices.DeviceStatus::online).count());
        counts.put(
                "reportsAccepted",
                allDevices.stream().mapToLong(Devices.DeviceStatus::accepted).sum());
        counts.put(
                "reportsRefused",
                allDevices.stream().mapToLong(Devices.DeviceStatus::refused).sum());
        counts.put("routes", allRoutes.size());
        counts.put(
                "messagesForwarded",
                allRoutes.stream().mapToLong(Routes.RouteStatus::forwarded).sum());
        counts.put(
                "messagesDropped",
                allRoutes.stream().mapToLong(Routes.RouteStatus::dropped).sum());
        counts.put("functions", allFunctions.size());
        counts.put(
                "callsSucceeded",
                allFunctions.stream()
                        .mapToLong(Functions.FunctionStatus::succeeded)
                        .sum());
        counts.put(
                "callsFailed",
                allFunctions.stream()
                        .mapToLong(f -> f.failed() + f.timedOut() + f.refused())
                        .sum());
        counts.put("timers", cron.list().size());
        return counts;
    }

    private List<Map<String, Object>> workloads() {
        List<Deployer.WorkloadStatus> all = deployer.workloads();
        Map<Deployer.WorkloadStatus, List<Long>> processes = new LinkedHashMap<>();
        all.forEach(each -> processes.put(each, each.status().processes()));
        Map<Deployer.WorkloadStatus, ResourceUsage.Usage> taken = usage.of(processes);
        return all.stream().map(each -> view(each, taken.get(each))).toList();
    }

    /** @param usage null where it has no processes of its own */
    private static Map<String, Object> view(Deployer.WorkloadStatus workload, ResourceUsage.Usage usage) {
        Map<String, Object> view = view(workload);
        if (usage != null) {
            view.put("memoryBytes", usage.memoryBytes());
            view.put("cpuMillis", usage.cpuMillis());
        }
        return view;
    }

    static String state(Deployer.WorkloadStatus workload) {
        return workload.status().state().name().toLowerCase(Locale.ROOT);
    }

    static Map<String, Object> view(Deployer.WorkloadStatus workload) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", workload.id().toString());
        view.put("kind", workload.id().kind().word());
        view.put("name", workload.id().name());
        view.put("generation", workload.generation());
        view.put("version", workload.version());
        view.put("code", workload.code());
        view.put("language", workload.language());
        view.put("isolation", workload.isolation());
        workload.container().ifPresent(settings -> view.put("container", settings.document()));
        workload.memoryMegabytes().ifPresent(limit -> view.put("memoryLimitBytes", (long) limit << 20));
        view.put("state", state(workload));
        view.put("reason", workload.status().reason());
        view.put("since", workload.status().since().toEpochMilli());
        view.put("processes", workload.status().processes());
        view.put("restarts", workload.status().restarts());
        view.put("lastFailure", workload.status().lastFailure());
        view.put("stuck", stuck(workload));
        return view;
    }

    /** Its threads that nothing can end. */
    static List<Map<String, Object>> stuck(Deployer.WorkloadStatus workload) {
        return workload.status().stuck().stream()
                .map(each -> {
                    Map<String, Object> view = new LinkedHashMap<>();
                    view.put("thread", each.thread());
                    view.put("since", each.since().toEpochMilli());
                    view.put("depth", each.depth());
                    view.put("stack", each.stack());
                    return view;
                })
                .toList();
    }

    private List<Map<String, Object>> routeViews() {
        return routes.list().stream()
                .map(status -> {
                    Map<String, Object> view = new LinkedHashMap<>();
                    view.put("name", status.route().name());
                    view.put("from", from(status.route().source()));
                    view.put("filter", status.route().filter().text());
                    view.put("to", to(status.route().target()));
                    view.put("whenFull", word(status.route().whenFull()));
                    view.put("queue", status.route().queue());
                    view.put("stored", status.route().stored());
                    view.put("queued", status.queued());
                    view.put("forwarded", status.forwarded());
                    view.put("dropped", status.dropped());
                    return view;
                })
                .toList();
    }

    private static String word(Word word) {
        return word.word();
    }

    /** As it stands in the document. */
    private static Object from(Source source) {
        if (source instanceof Source.OfDevice one) {
            return Map.of("device", one.device().toString());
        } else if (source instanceof Source.OfProduct product) {
            return Map.of("product", product.productKey());
        } else if (source instanceof Source.OfFunction function) {
            return Map.of("function", function.function());
        }
        return "devices";
    }

    private static Object to(io.margay.model.Target target) {
        return target instanceof io.margay.model.Target.ToFunction function
                ? Map.of("function", function.function())
                : "log";
    }
}
