package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.deployer.Deployer.WorkloadStatus;
import io.margay.device.Devices;
import io.margay.device.Devices.DeviceStatus;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.itests.workloads.echo.EchoFunction;
import io.margay.itests.workloads.probe.ProbeDriver;
import io.margay.model.DeviceId;
import io.margay.model.WorkloadId;
import io.margay.router.Routes;
import io.margay.router.Routes.RouteStatus;
import io.margay.scheduler.Cron;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.Json;
import io.margay.spi.ThingException;
import io.margay.store.ArtefactStore;
import io.margay.telemetry.LogStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.slf4j.event.Level;

/** The way of a value: from a driver through thing model, route and function to where it is seen, and calls the way back. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ReportWayIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final DeviceId KETTLE = new DeviceId("kettle", "kettle-1");
    private static final String PROPERTIES = "/sys/kettle/kettle-1/thing/event/property/post";
    private static final String ALARM = "/sys/kettle/kettle-1/thing/event/alarm/post";

    private static final String THINGS = """
            instance: way
            products:
              - key: kettle
                model:
                  properties:
                    - {identifier: temperature, accessMode: r, dataType: {type: double, specs: {min: -50, max: 150}}}
                    - {identifier: setpoint, accessMode: rw, dataType: {type: int, specs: {min: 0, max: 100}}}
                    - {identifier: name, accessMode: r, dataType: {type: text, specs: {length: 8}}}
                  events:
                    - {identifier: alarm, outputData: [{identifier: level, dataType: {type: int}}]}
                  services:
                    - identifier: add
                      inputData: [{identifier: a, dataType: {type: int}}, {identifier: b, dataType: {type: int}}]
                      outputData: [{identifier: sum, dataType: {type: int}}]
                    - {identifier: pump}
            """;

    private static final String PYTHON_FUNCTION = """
            import json, os
            import margay

            def handler(event, context):
                text = event.decode()
                if text.startswith('{"topic"'):
                    margay.publish("/seen/" + context.function_name, text)
                    return None
                if text == "pid":
                    return str(os.getpid())
                if text == "get":
                    return margay.get("kettle", "kettle-1", ["setpoint"])
                if text == "set":
                    margay.set("kettle", "kettle-1", {"setpoint": 33})
                    return margay.call("kettle", "kettle-1", "add", {"a": 2, "b": 3})
                raise ValueError("what is " + text + "?")
            """;

    private static final String NODE_FUNCTION = """
            const margay = require('margay');

            exports.handler = async (event, context) => {
              const text = event.toString();
              if (text.startsWith('{"topic"')) {
                await margay.publish('/seen/' + context.functionName, text);
                return undefined;
              }
              if (text === 'env') {
                return process.env.COLOUR;
              }
              return margay.invoke('sink', 'env COLOUR');
            };
            """;

    private static final String PYTHON_DRIVER = """
            from margay import Driver

            class Kettle(Driver):
                def start(self, context):
                    self.setpoint = 1
                    for settings in context.devices:
                        device = context.connect(settings)
                        device.online()
                        temperature = settings.config["temperature"]
                        context.every(0.05, lambda d=device, t=temperature: d.report({"temperature": t}))

                def get(self, device, properties):
                    return {"setpoint": self.setpoint}

                def set(self, device, values):
                    self.setpoint = values["setpoint"]
                    device.report_event("alarm", {"level": self.setpoint})

                def call(self, device, service, input):
                    return {"sum": input["a"] + input["b"]}
            """;

    private static final String NODE_DRIVER = """
            exports.Driver = class {
              async start(context) {
                this.setpoint = 1;
                for (const settings of context.devices) {
                  const device = await context.connect(settings);
                  await device.online();
                  context.every(0.05, () => device.report({ temperature: settings.config.temperature }));
                }
              }

              async get(device, properties) {
                return { setpoint: this.setpoint };
              }

              async set(device, values) {
                this.setpoint = values.setpoint;
                await device.reportEvent('alarm', { level: this.setpoint });
              }

              async call(device, service, input) {
                return { sum: input.a + input.b };
              }
            };
            """;

    @Inject
    private BundleContext context;

    @Inject
    private ArtefactStore artefacts;

    @Inject
    private InstanceReader reader;

    @Inject
    private Deployer deployer;

    @Inject
    private Functions functions;

    @Inject
    private Devices devices;

    @Inject
    private Routes routes;

    @Inject
    private Cron cron;

    @Inject
    private LogStore logs;

    @Rule
    public final RuleChain rules = RuleChain.outerRule(
                    new Summary(ReportWayIT.class, "from driver to function in Java, Python and Node.js, and back"))
            .around(new LeakGuard());

    private final Map<String, Object> probe = new ConcurrentHashMap<>();
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private Path folder;
    private Instances instances;

    @Configuration
    public Option[] gateway() throws Exception {
        Path made = Folders.make("margay-way");
        WorkloadFiles.bundle(made, "probe", 0);
        WorkloadFiles.bundle(made, "echo", 0);
        WorkloadFiles.plainJar(made, "fc");
        System.setProperty("margay.it.folder", made.toString());
        return AssembledGateway.gateway();
    }

    @Before
    public void prepare() {
        folder = Path.of(System.getProperty("margay.it.folder"));
        instances = new Instances(artefacts, reader, deployer);
        System.getProperties().put(ProbeDriver.PROBE, probe);
        System.getProperties().put(EchoFunction.SEEN, seen);
    }

    @After
    public void clear() throws Exception {
        instances.clear();
        System.getProperties().remove(ProbeDriver.PROBE);
        System.getProperties().remove(EchoFunction.SEEN);
        System.getProperties().remove(EchoFunction.HOLD);
    }

    @Test
    public void aReportReachesFunctionsOfEveryLanguage() throws Exception {
        instances.apply(THINGS + probeDriver("") + """
                functions:
                  - {name: sink, artefact: %s, language: java}
                  - {name: py, artefact: %s, language: python}
                  - {name: js, artefact: %s, language: nodejs}
                routes:
                  - {name: sink-1, from: {device: kettle/kettle-1}, filter: "/sys/+/+/thing/event/+/post", to: {function: sink}}
                  - {name: sink-2, from: {device: kettle/kettle-1}, filter: "/sys/+/+/thing/event/property/post", to: {function: sink}}
                  - {name: sink-3, from: {device: kettle/kettle-1}, filter: "/sys/+/+/thing/event/alarm/post", to: {function: sink}}
                  - {name: to-py, from: {product: kettle}, filter: "/sys/#", to: {function: py}}
                  - {name: to-js, from: devices, to: {function: js}}
                  - {name: py-to-sink, from: {function: py}, filter: "/seen/+", to: {function: sink}}
                  - {name: js-to-sink, from: {function: js}, filter: "/seen/#", to: {function: sink}}
                  - {name: py-to-log, from: {function: py}, filter: "/seen/py", to: log}
                """.formatted(javaFunction(), pythonFunction(), nodeFunction()));

        assertEquals("ACCEPTED", report(Map.of("temperature", 21.5)));
        Devices.Value last = device().values().get("temperature");
        assertEquals(21.5, last.value());
        String event = event(PROPERTIES, "{\"temperature\":{\"value\":21.5,\"time\":" + last.time() + "}}");
        // What Python and Node.js got, word for word, each sent on to the sink.
        List<String> expected =
                List.of("sink " + event("/seen/js", event), "sink " + event("/seen/py", event), "sink " + event);
        Await.until(() -> "seen: " + seen, SOON, () -> seen.size() >= 3);
        assertEquals(
                expected,
                seen.stream().sorted(Comparator.comparing(ReportWayIT::topic)).toList());
        assertEquals("the same source and target: once", 1, forwarded("sink-1") + forwarded("sink-2"));

        seen.clear();
        assertEquals("ACCEPTED", reportEvent("alarm", Map.of("level", 3)));
        Await.until(() -> "seen: " + seen, SOON, () -> seen.size() >= 3);
        assertEquals("one event, one way each: " + seen, 3, seen.size());
        Map<String, Object> alarm = json(own(seen));
        assertEquals(ALARM, alarm.get("topic"));
        Map<String, Object> payload = json((String) alarm.get("payload"));
        assertEquals(List.of("value", "time"), List.copyOf(payload.keySet()));
        assertEquals(Map.of("level", 3), payload.get("value"));
        Await.until("the log sink has both", SOON, () -> logged("message").size() >= 2);
        assertTrue(logged("message").get(0).contains("/seen/py from function py: " + event));

        assertEquals("{name=kettle, setpoint=7, temperature=21.5}", call("sink", "get kettle kettle-1"));
        assertEquals("{\"setpoint\":7}", call("py", "get").replace(" ", ""));
        assertEquals("{\"sum\":5}", call("py", "set").replace(" ", ""));
        assertEquals(Map.of("setpoint", 33), probe.get("set"));
    }

    @Test
    public void aFunctionSendsAndCalls() throws Exception {
        instances.apply(THINGS + """
                functions:
                  - {name: sink, artefact: %s, language: java, environment: {COLOUR: red}}
                  - {name: py, artefact: %s, language: python}
                  - {name: js, artefact: %s, language: nodejs, environment: {COLOUR: blue}}
                routes:
                  - {name: around, from: {function: sink}, filter: "/round/+/trip", to: {function: sink}}
                """.formatted(javaFunction(), pythonFunction(), nodeFunction()));
        call("sink", "publish /round/a/trip {\"x\":1}");
        call("sink", "publish /elsewhere {}");
        Await.until("the message came around", SOON, () -> !seen.isEmpty());
        assertEquals(List.of("sink " + event("/round/a/trip", "{\"x\":1}")), List.copyOf(seen));
        assertEquals("red", call("sink", "env COLOUR"));
        assertEquals("blue", call("js", "env"));
        assertEquals("Node.js calls Java", "red", call("js", "go"));
        assertEquals("Java calls Node.js", "blue", call("sink", "invoke js env"));

        InvocationException thrown = failure("py", "nonsense");
        assertEquals(InvocationException.Kind.HANDLED, thrown.kind());
        assertEquals("ValueError", thrown.errorType());
        assertTrue(thrown.getMessage(), thrown.getMessage().contains("what is nonsense?"));
        InvocationException inJava = failure("sink", "nonsense");
        assertEquals("java.lang.IllegalArgumentException", inJava.errorType());
        assertEquals(InvocationException.Kind.UNKNOWN, failure("nobody", "x").kind());
    }

    @Test
    public void aReportThatDoesNotFitIsRefusedByName() throws Exception {
        instances.apply(THINGS + probeDriver(""));
        assertEquals("REFUSED: colour: the thing model has no such property", report(Map.of("colour", 1)));
        assertEquals("REFUSED: temperature: 'warm' is not a number", report(Map.of("temperature", "warm")));
        assertEquals("REFUSED: temperature: 151.0 is not within -50.0 … 150.0", report(Map.of("temperature", 151.0)));
        assertEquals("REFUSED: setpoint: 1.5 is not a whole number", report(Map.of("setpoint", 1.5)));
        assertEquals("REFUSED: name: text of 9 bytes is longer than 8", report(Map.of("name", "too long!")));
        assertEquals("REFUSED: fire: the thing model has no such event", reportEvent("fire", Map.of()));
        assertEquals(
                "REFUSED: event alarm: level: 'high' is not a whole number",
                reportEvent("alarm", Map.of("level", "high")));

        DeviceStatus status = device();
        assertEquals(7, status.refused());
        assertEquals(0, status.accepted());
        assertEquals("event alarm: level: 'high' is not a whole number", status.lastRefusal());
        assertTrue("nothing of it was kept: " + status.values(), status.values().isEmpty());
        Await.until("the log names property and reason", SOON, () -> logged(WorkloadId.driver("probe")).stream()
                .anyMatch(line -> line.contains("kettle/kettle-1")
                        && line.contains("colour: the thing model has no such property")));

        assertEquals("the driver goes on", "ACCEPTED", report(Map.of("temperature", 20)));
        assertEquals(1, device().accepted());
        assertEquals(1, probe.get("starts"));
    }

    @Test
    public void callsGoDownToTheDriver() throws Exception {
        instances.apply(THINGS + probeDriver(""));
        assertEquals(
                Map.of("temperature", 21.5, "setpoint", 7, "name", "kettle"),
                devices.get(KETTLE, List.of(), SOON).get());
        assertEquals(
                Map.of("setpoint", 7),
                devices.get(KETTLE, List.of("setpoint"), SOON).get());
        devices.set(KETTLE, Map.of("setpoint", 55), SOON).get();
        assertEquals(Map.of("setpoint", 55), probe.get("set"));
        assertEquals(
                Map.of("sum", 5),
                devices.call(KETTLE, "add", Map.of("a", 2, "b", 3), SOON).get());

        assertRefused(ThingException.Kind.INVALID, "temperature: can't be written", () -> devices.set(
                        KETTLE, Map.of("temperature", 1), SOON)
                .get());
        assertRefused(ThingException.Kind.INVALID, "setpoint: 101 is not within 0 … 100", () -> devices.set(
                        KETTLE, Map.of("setpoint", 101), SOON)
                .get());
        assertRefused(ThingException.Kind.INVALID, "colour: the thing model has no such property", () -> devices.get(
                        KETTLE, List.of("colour"), SOON)
                .get());
        assertRefused(ThingException.Kind.INVALID, "fly: the thing model has no such service", () -> devices.call(
                        KETTLE, "fly", Map.of(), SOON)
                .get());
        assertRefused(ThingException.Kind.FAILED, "the pump is dry", () -> devices.call(KETTLE, "pump", Map.of(), SOON)
                .get());
        assertRefused(ThingException.Kind.UNKNOWN_DEVICE, "kettle/kettle-9", () -> devices.get(
                        new DeviceId("kettle", "kettle-9"), List.of(), SOON)
                .get());

        probe.put("hold", new CountDownLatch(1));
        assertRefused(ThingException.Kind.TIMEOUT, "did not answer within 200 ms", () -> devices.get(
                        KETTLE, List.of(), Duration.ofMillis(200))
                .get());
        probe.remove("hold");

        offline("the cable is cut");
        assertFalse(device().online());
        assertEquals("the cable is cut", device().reason());
        assertRefused(ThingException.Kind.OFFLINE, "the cable is cut", () -> devices.get(KETTLE, List.of(), SOON)
                .get());
        ((Runnable) probe.get("kettle-1.online")).run();
        assertTrue(device().online());
        assertEquals(3, devices.get(KETTLE, List.of(), SOON).get().size());
    }

    @Test
    public void fcHandlersRunUnchangedFromAPlainJar() throws Exception {
        String jar = instances.upload(folder.resolve("fc.jar"));
        instances.apply("""
                instance: fc
                functions:
                  - {name: stream, artefact: %s, language: java, handler: "io.margay.itests.workloads.fc.StreamApp::handleRequest"}
                  - {name: pojo, artefact: %s, language: java, handler: "io.margay.itests.workloads.fc.PojoApp::handleRequest"}
                """.formatted(jar, jar));
        assertEquals("BOILING", call("stream", "boiling"));
        assertEquals("{\"sum\":5}", call("pojo", "{\"a\":2,\"b\":3}"));
        Await.until(
                "its logger writes to the function's log", SOON, () -> logged(WorkloadId.function("stream")).stream()
                        .anyMatch(line -> line.startsWith("request ")));
    }

    @Test
    public void aConfigurationReachesARunningBundle() throws Exception {
        String function = """
                functions:
                  - {name: echo, artefact: %s, language: java, config: {json: {limit: %d}}}
                """;
        instances.apply(THINGS
                + probeDriver("config: {kv: {port: /dev/ttyS0, x.target: odd}},")
                + function.formatted(javaFunction(), 80));
        assertEquals(Map.of("port", "/dev/ttyS0", "x.target", "odd"), probe.get("kv"));
        assertEquals(Map.of("config.kv.port", "/dev/ttyS0", "config.kv.x.target", "odd"), probe.get("properties"));
        String before = call("echo", "config");
        assertTrue(before, before.endsWith(" {config.json={\"limit\":80}}"));
        List<Long> bundles = workloadBundles();

        instances.apply(THINGS
                + probeDriver("config: {json: {port: 502, list: [1, 2]}},")
                + function.formatted(javaFunction(), 90));
        assertEquals(Map.of(), probe.get("kv"));
        assertEquals(Map.of("port", 502L, "list", List.of(1L, 2L)), probe.get("json"));
        String after = call("echo", "config");
        assertEquals("the same object: " + before + after, before.split(" ")[0], after.split(" ")[0]);
        assertTrue(after, after.endsWith(" {config.json={\"limit\":90}}"));
        assertEquals("nothing was installed anew", bundles, workloadBundles());
        assertEquals("the driver took it as it ran", 1, probe.get("starts"));
        assertEquals("ACCEPTED", report(Map.of("temperature", 20)));
    }

    @Test
    public void driversInPythonAndNode() throws Exception {
        for (String language : List.of("python", "nodejs")) {
            String script = language.equals("python") ? PYTHON_DRIVER : NODE_DRIVER;
            String file = language.equals("python") ? "index.py" : "index.js";
            String driver =
                    instances.upload(WorkloadFiles.zip(folder.resolve(language + "-driver.zip"), Map.of(file, script)));
            instances.apply(THINGS + """
                    drivers:
                      - {name: outside, artefact: %s, language: %s}
                    devices:
                      - {product: kettle, name: kettle-1, driver: outside, config: {temperature: 77.5}}
                    functions:
                      - {name: sink, artefact: %s, language: java}
                    routes:
                      - {name: alarms, from: {product: kettle}, filter: "/sys/+/+/thing/event/alarm/post", to: {function: sink}}
                    """.formatted(driver, language, javaFunction()));
            Await.until(language + " reports", SOON, () -> device().accepted() > 1);
            assertEquals(77.5, device().values().get("temperature").value());
            assertTrue(device().online());
            devices.set(KETTLE, Map.of("setpoint", 44), SOON).get();
            assertEquals(
                    Map.of("setpoint", 44),
                    devices.get(KETTLE, List.of("setpoint"), SOON).get());
            assertEquals(
                    Map.of("sum", 9),
                    devices.call(KETTLE, "add", Map.of("a", 4, "b", 5), SOON).get());
            Await.until(language + "'s event came", SOON, () -> !seen.isEmpty());
            assertTrue(seen.toString(), seen.poll().contains("\\\"value\\\":{\\\"level\\\":44}"));
            instances.clear();
            assertTrue(device(KETTLE).isEmpty());
        }
    }

    @Test
    public void anOnDemandFunctionStartsLateAndStopsWhenIdle() throws Exception {
        long before = GatewayState.workers().count();
        instances.apply("""
                instance: lazy
                functions:
                  - {name: py, artefact: %s, language: python, mode: on-demand, idle: 200ms}
                """.formatted(pythonFunction()));
        assertTrue(workload(WorkloadId.function("py")).status().processes().isEmpty());
        // A template that is just being started does not look like one yet.
        Await.until("no worker is started", SOON, () -> GatewayState.workers().count() == before);

        long first = Long.parseLong(call("py", "pid"));
        assertEquals(
                List.of(first), workload(WorkloadId.function("py")).status().processes());
        // Also none that had ended meanwhile.
        String generation = "generation " + workload(WorkloadId.function("py")).generation() + " ";
        assertEquals(
                List.of(generation + "instance 1 started: process " + first),
                logged(WorkloadId.function("py")).stream()
                        .filter(line -> line.startsWith(generation) && line.contains(" started: process "))
                        .toList());
        Await.until("the idle worker ends", SOON, () -> ProcessHandle.of(first).isEmpty());
        Await.until(
                "no instance is counted",
                SOON,
                () -> functions.find("py").orElseThrow().instances() == 0);
        assertNotEquals("it starts again", first, Long.parseLong(call("py", "pid")));
        assertEquals(0, workload(WorkloadId.function("py")).status().restarts());
    }

    @Test
    public void timersTellTheirNextFirings() throws Exception {
        instances.apply("""
                instance: timers
                functions:
                  - name: echo
                    artefact: %s
                    language: java
                    timers:
                      - {name: minutely, cron: "* * * * *"}
                      - {name: yearly, cron: "30 4 1 1 *", zone: Asia/Shanghai, payload: happy}
                """.formatted(javaFunction()));
        List<Cron.TimerStatus> timers = cron.list();
        assertEquals(2, timers.size());
        ZonedDateTime next = timers.get(0).next().get(0);
        assertTrue(next.isAfter(ZonedDateTime.now(ZoneOffset.UTC).minusMinutes(1))
                && next.isBefore(ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(1)));
        for (int i = 0; i < 5; i++) {
            assertEquals(next.plusMinutes(i), timers.get(0).next().get(i));
            ZonedDateTime yearly = timers.get(1).next().get(i);
            assertEquals("04:30+08:00", yearly.toOffsetDateTime().toOffsetTime().toString());
            assertEquals(1, yearly.getDayOfYear());
        }
    }

    @Test
    public void aFullQueueDoesAsItsPolicySays() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        System.getProperties().put(EchoFunction.HOLD, hold);
        String echo = javaFunction();
        // One message is in the function, one in its queue, three in the route's.
        instances.apply(THINGS + probeDriver("") + """
                functions:
                  - {name: old, artefact: %s, language: java, queue: 2, timeout: 60s}
                  - {name: new, artefact: %s, language: java, queue: 2, timeout: 60s}
                  - {name: wait, artefact: %s, language: java, queue: 2, timeout: 60s}
                routes:
                  - {name: drops-old, from: {product: kettle}, filter: "/sys/+/+/thing/event/property/post", to: {function: old}, queue: 3, whenFull: drop-oldest}
                  - {name: drops-new, from: {product: kettle}, filter: "/sys/+/+/thing/event/property/post", to: {function: new}, queue: 3, whenFull: drop-newest}
                  - {name: waits, from: {device: kettle/kettle-1}, filter: "/sys/+/+/thing/event/alarm/post", to: {function: wait}, queue: 3, whenFull: wait}
                """.formatted(echo, echo, echo));
        for (int i = 0; i < 20; i++) {
            int number = i;
            Await.until(
                    "first message is in work",
                    SOON,
                    () -> number != 1
                            || List.of("old", "new").stream()
                                    .allMatch(
                                            f -> functions.find(f).orElseThrow().running() == 1));
            assertEquals("ACCEPTED", report(Map.of("setpoint", i)));
        }
        for (String name : List.of("drops-old", "drops-new")) {
            RouteStatus status = route(name);
            assertEquals(status.toString(), 3, status.queued());
            assertEquals(status.toString(), 15, status.dropped());
        }
        Thread sender = new Thread(
                () -> IntStream.range(0, 8)
                        .forEach(i -> probe.put("event-" + i, reportEvent("alarm", Map.of("level", i)))),
                "alarms");
        sender.start();
        Await.until(
                "the sender waits for room",
                SOON,
                () -> route("waits").queued() == 3 && sender.getState() == Thread.State.TIMED_WAITING);
        hold.countDown();
        sender.join();
        Await.until(
                "all is through",
                SOON,
                () -> routes.list().stream().allMatch(r -> r.queued() == 0)
                        && functions.list().stream().allMatch(f -> f.queued() == 0 && f.running() == 0));
        assertEquals(List.of(0, 1, 17, 18, 19), numbers("old", "setpoint"));
        assertEquals(List.of(0, 1, 2, 3, 4), numbers("new", "setpoint"));
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7), numbers("wait", "level"));
        IntStream.range(0, 8).forEach(i -> assertEquals("ACCEPTED", probe.get("event-" + i)));
        assertEquals(0, route("waits").dropped());
        assertEquals(8, route("waits").forwarded());
    }

    // What the tests say in few words.

    private String probeDriver(String more) throws Exception {
        return """
                drivers:
                  - {name: probe, %s artefact: %s, language: java}
                devices:
                  - {product: kettle, name: kettle-1, driver: probe, config: {unit: 1}}
                """.formatted(more, instances.upload(folder.resolve("probe-0.jar")));
    }

    private String javaFunction() throws Exception {
        return instances.upload(folder.resolve("echo-0.jar"));
    }

    private String pythonFunction() throws Exception {
        return instances.upload(WorkloadFiles.zip(folder.resolve("py.zip"), Map.of("index.py", PYTHON_FUNCTION)));
    }

    private String nodeFunction() throws Exception {
        return instances.upload(WorkloadFiles.zip(folder.resolve("js.zip"), Map.of("index.js", NODE_FUNCTION)));
    }

    @SuppressWarnings("unchecked")
    private String report(Map<String, Object> values) {
        return ((Function<Map<String, Object>, String>) probe.get("kettle-1.report")).apply(values);
    }

    @SuppressWarnings("unchecked")
    private String reportEvent(String event, Map<String, Object> output) {
        return ((BiFunction<String, Map<String, Object>, String>) probe.get("kettle-1.event")).apply(event, output);
    }

    @SuppressWarnings("unchecked")
    private void offline(String reason) {
        ((Consumer<String>) probe.get("kettle-1.offline")).accept(reason);
    }

    private DeviceStatus device() {
        return device(KETTLE).orElseThrow();
    }

    private Optional<DeviceStatus> device(DeviceId id) {
        return devices.find(id);
    }

    private RouteStatus route(String name) {
        return routes.list().stream()
                .filter(status -> status.route().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private long forwarded(String name) {
        return route(name).forwarded();
    }

    private WorkloadStatus workload(WorkloadId id) {
        return deployer.workloads().stream()
                .filter(status -> status.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private String call(String function, String event) throws Exception {
        byte[] result = functions
                .invoke(function, new Invocation(event.getBytes(StandardCharsets.UTF_8)))
                .get();
        return new String(result, StandardCharsets.UTF_8);
    }

    private InvocationException failure(String function, String event) {
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> call(function, event));
        return (InvocationException) thrown.getCause();
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void assertRefused(ThingException.Kind kind, String words, Action action) {
        ExecutionException thrown = assertThrows(ExecutionException.class, action::run);
        ThingException refusal = (ThingException) thrown.getCause();
        assertEquals(refusal.getMessage(), kind, refusal.kind());
        assertTrue(refusal.getMessage(), refusal.getMessage().contains(words));
    }

    private static String event(String topic, String payload) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("topic", topic);
        event.put("payload", payload);
        return Json.text(event);
    }

    private static String topic(String seenEvent) {
        return (String) json(seenEvent.substring(seenEvent.indexOf('{'))).get("topic");
    }

    /** The event that came straight from the device. */
    private static String own(Queue<String> all) {
        return all.stream()
                .filter(event -> topic(event).startsWith("/sys"))
                .map(event -> event.substring(event.indexOf('{')))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, Object> json(String text) {
        try {
            return Json.readObject(text.getBytes(StandardCharsets.UTF_8));
        } catch (java.io.IOException e) {
            throw new AssertionError(text, e);
        }
    }

    /** The numbers that a function saw, in order. */
    private List<Integer> numbers(String function, String name) {
        return seen.stream()
                .filter(event -> event.startsWith(function + " "))
                .map(event -> json(event.substring(event.indexOf('{'))).get("payload"))
                .map(payload -> json((String) payload))
                .map(payload -> name.equals("level") ? payload : (Map<?, ?>) payload.get(name))
                .filter(value -> value != null)
                .map(value -> value.get("value") instanceof Map<?, ?> map ? map.get(name) : value.get("value"))
                .map(Integer.class::cast)
                .toList();
    }

    private List<String> logged(WorkloadId workload) {
        return logs.query(new LogStore.Query(Optional.of(workload.toString()), Level.DEBUG, 0), 1000).stream()
                .map(LogStore.LogRecord::message)
                .toList();
    }

    private List<String> logged(String logger) {
        return logs.query(new LogStore.Query(Optional.empty(), Level.DEBUG, 0), 10_000).stream()
                .filter(entry -> entry.logger().equals(logger))
                .map(LogStore.LogRecord::message)
                .toList();
    }

    private List<Long> workloadBundles() {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().startsWith("io.margay.workload."))
                .map(Bundle::getBundleId)
                .toList();
    }
}
