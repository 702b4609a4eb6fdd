package io.margay.console.internal;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.device.Devices.DeviceStatus;
import io.margay.device.Devices.Value;
import io.margay.function.Functions;
import io.margay.function.Functions.FunctionStatus;
import io.margay.model.ContainerSettings;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.model.TimerMissed;
import io.margay.model.TimerOverlap;
import io.margay.model.TopicFilter;
import io.margay.model.WhenFull;
import io.margay.model.WorkloadId;
import io.margay.router.Routes;
import io.margay.router.Routes.RouteStatus;
import io.margay.scheduler.Cron;
import io.margay.spi.ContainerEngine;
import io.margay.spi.GenerationStatus;
import io.margay.telemetry.LogStore;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.event.Level;

/** The services that the page asks, played from lists. */
final class FakeGateway {
    static final String HOSTILE = "<img src=x onerror=alert(1)></script>&\"'${pluginRoot}";

    final List<Deployer.WorkloadStatus> workloads = new CopyOnWriteArrayList<>();
    final List<DeviceStatus> devices = new CopyOnWriteArrayList<>();
    final List<FunctionStatus> functions = new CopyOnWriteArrayList<>();
    final List<RouteStatus> routes = new CopyOnWriteArrayList<>();
    final List<Cron.TimerStatus> timers = new CopyOnWriteArrayList<>();
    final List<LogStore.LogRecord> log = new CopyOnWriteArrayList<>();
    private int moments;
    volatile EdgeInstance instance = EdgeInstance.EMPTY;

    /** A service that answers the methods named and no others. */
    static <T> T only(Class<T> type, Map<String, Function<Object[], Object>> answers) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            Function<Object[], Object> answer = answers.get(method.getName());
            if (answer == null) {
                throw new UnsupportedOperationException(method + " is not for the page");
            }
            return answer.apply(args);
        }));
    }

    Deployer deployer() {
        return only(Deployer.class, Map.of("current", args -> instance, "workloads", args -> List.copyOf(workloads)));
    }

    Devices deviceService() {
        return only(Devices.class, Map.of("list", args -> List.copyOf(devices)));
    }

    Functions functionService() {
        return only(Functions.class, Map.of("list", args -> List.copyOf(functions)));
    }

    Routes routeService() {
        return only(Routes.class, Map.of("list", args -> List.copyOf(routes)));
    }

    Cron cron() {
        return only(Cron.class, Map.of("list", args -> List.copyOf(timers)));
    }

    LogStore logs() {
        return only(LogStore.class, Map.of("query", args -> {
            LogStore.Query query = (LogStore.Query) args[0];
            List<LogStore.LogRecord> found = log.stream()
                    .filter(line -> line.sequence() > query.after()
                            && line.level().toInt() >= query.level().toInt()
                            && (query.workload().isEmpty()
                                    || query.workload().get().equals(line.workload())))
                    .toList();
            return found.subList(Math.max(0, found.size() - (int) args[1]), found.size());
        }));
    }

    /** Null for none. */
    final AtomicReference<ContainerEngine> engine = new AtomicReference<>();

    Snapshot snapshot() {
        return new Snapshot(
                "0.1.0", deployer(), deviceService(), functionService(), routeService(), cron(), logs(), engine::get);
    }

    void workload(WorkloadId id, GenerationStatus.State state, String reason) {
        workload(id, state, reason, null);
    }

    /** @param container null where it does not run in one */
    void workload(WorkloadId id, GenerationStatus.State state, String reason, ContainerSettings container) {
        boolean driver = id.kind() == WorkloadId.Kind.DRIVER;
        String place = driver ? "bundle" : "process";
        workloads.add(new Deployer.WorkloadStatus(
                id,
                workloads.size() + 1,
                "1.2",
                driver ? "built-in modbus" : "3f2a9c01ab77",
                driver ? "java" : "python",
                container == null ? place : "container",
                Optional.ofNullable(container),
                driver && container == null ? Optional.empty() : Optional.of(driver ? 1024 : 512),
                new GenerationStatus(
                        state, reason, Instant.now().minusSeconds(300), driver ? List.of() : List.of(4711L), 2)));
    }

    void device(String name, boolean online, String reason, Map<String, ?> values) {
        Map<String, Value> last = new LinkedHashMap<>();
        values.forEach((property, value) -> last.put(property, new Value(value, System.currentTimeMillis() - 1200)));
        devices.add(new DeviceStatus(
                new DeviceId("boiler", name),
                "modbus",
                online,
                reason,
                System.currentTimeMillis() - 60_000,
                last,
                12_345,
                online ? 0 : 3,
                online ? "" : "temperature: 'hot' is not a number"));
    }

    void function(String name, String lastError) {
        functions.add(new FunctionStatus(name, 1, 2, 1, 1_234, 3, 1, 0, 850, lastError));
    }

    void timer(String function, String name, String cron) {
        ZonedDateTime hour = ZonedDateTime.now(ZoneId.of("Europe/Berlin")).truncatedTo(ChronoUnit.HOURS);
        timers.add(new Cron.TimerStatus(
                function,
                new EdgeInstance.Timer(
                        name, cron, Optional.of("Europe/Berlin"), "x", TimerOverlap.SKIP, TimerMissed.SKIP),
                List.of(hour.plusHours(1), hour.plusHours(2), hour.plusHours(3), hour.plusHours(4), hour.plusHours(5)),
                7,
                2));
    }

    void route(String name) {
        routes.add(new RouteStatus(
                new EdgeInstance.Route(
                        name,
                        new Source.OfProduct("boiler"),
                        new TopicFilter("/sys/+/+/thing/event/property/post"),
                        new Target.ToFunction("alarm"),
                        10_000,
                        WhenFull.DROP_OLDEST,
                        true),
                12,
                98_765,
                4));
    }

    void line(Level level, String workload, String message) {
        log.add(new LogStore.LogRecord(
                log.size() + 1, System.currentTimeMillis(), level, workload, "io.margay.deployer.Deployer", message));
    }

    void product() {
        instance = new EdgeInstance(
                "boiler-room",
                List.of(new EdgeInstance.Product(
                        "boiler",
                        Map.of(
                                "properties",
                                List.of(
                                        property("temperature", Map.of("type", "float", "specs", Map.of("unit", "°C"))),
                                        property("mode", Map.of("type", "enum", "specs", Map.of("1", "heating"))))),
                        Map.of())),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    private static Map<String, Object> property(String identifier, Map<String, Object> type) {
        return Map.of("identifier", identifier, "accessMode", "r", "dataType", type);
    }

    /** A boiler room with so many devices, one in ten off line, and texts that try to be HTML. */
    static FakeGateway boilerRoom(int count) {
        FakeGateway gateway = new FakeGateway();
        gateway.product();
        gateway.workload(WorkloadId.driver("modbus"), GenerationStatus.State.RUNNING, "");
        gateway.workload(WorkloadId.function("alarm"), GenerationStatus.State.IDLE, "");
        gateway.workload(
                WorkloadId.function("report"),
                GenerationStatus.State.BACKOFF,
                "exit code 1: " + HOSTILE + "; next try in 4 s");
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            names.add("boiler-" + i);
        }
        for (String name : names) {
            boolean online = !name.endsWith("3");
            gateway.device(
                    name,
                    online,
                    online ? "" : "no answer within 1000 ms, " + HOSTILE,
                    Map.of("temperature", 80.10000000000001, "mode", 1, "note", HOSTILE));
        }
        gateway.function("alarm", "");
        gateway.function("report", "ZeroDivisionError: " + HOSTILE);
        gateway.timer("report", "hourly", "0 * * * *");
        gateway.route("temps-to-alarm");
        for (int i = 0; i < 60; i++) {
            gateway.line(Level.INFO, "driver:modbus", "polled group " + i);
        }
        gateway.line(Level.WARN, "function:report", "exit code 1, next try in 4 s\n" + HOSTILE);
        gateway.line(Level.ERROR, "", "route temps-to-alarm dropped 4 messages: its queue of 10000 is full");
        return gateway;
    }

    /** A moment passes: the first device reports, and each third time goes off line or comes back. */
    synchronized void live() {
        if (devices.isEmpty()) {
            return;
        }
        moments++;
        boolean online = moments % 6 < 3;
        device(
                "boiler-1",
                online,
                online ? "" : "no answer within 1000 ms",
                Map.of("temperature", 80 + moments / 10.0));
        devices.set(0, devices.remove(devices.size() - 1));
        line(Level.INFO, "driver:modbus", "moment " + moments);
    }
}
