package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.device.Devices.DeviceStatus;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.itests.workloads.probe.ProbeDriver;
import io.margay.model.DeviceId;
import io.margay.model.WorkloadId;
import io.margay.router.Routes;
import io.margay.spi.GenerationStatus;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.store.ArtefactStore;
import io.margay.telemetry.LogStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
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

/** A worker that dies is started again, what waits for it is kept, and people are told why it died. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class WorkerRestartIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int KILLS = 3;
    private static final WorkloadId PY = WorkloadId.function("py");
    private static final WorkloadId OUTSIDE = WorkloadId.driver("outside");

    private static final String THINGS = """
            instance: restart
            products:
              - key: load
                model: {properties: [{identifier: n, dataType: {type: int}}]}
            """;

    private static final String COUNTING = """
            import json, os, time
            out = open(os.environ["OUT"], "a", buffering=1)

            def handler(event, context):
                text = event.decode()
                if text.startswith('{"topic"'):
                    out.write(str(json.loads(json.loads(text)["payload"])["n"]["value"]) + "\\n")
                elif text == "sleep":
                    out.write("asleep\\n")
                    time.sleep(60)
                return text
            """;

    private static final String REPORTING = """
            from margay import Driver

            class Load(Driver):
                def start(self, context):
                    for settings in context.devices:
                        device = context.connect(settings)
                        device.online()
                        context.every(0.005, lambda d=device: d.report({"n": 1}))

                def get(self, device, properties):
                    return {"n": 2}
            """;

    private static final String CRASHING = """
            import os, threading
            threading.Timer(0.5, lambda: os._exit(3)).start()

            def handler(event, context):
                return event
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
    private LogStore logs;

    @Rule
    public final RuleChain rules = RuleChain.outerRule(
                    new Summary(WorkerRestartIT.class, "killed workers come back, what waited for them is kept"))
            .around(new LeakGuard());

    private final Map<String, Object> probe = new ConcurrentHashMap<>();
    private Path folder;
    private Instances instances;

    @Configuration
    public Option[] gateway() throws Exception {
        Path made = Folders.make("margay-restart");
        WorkloadFiles.bundle(made, "probe", 0);
        System.setProperty("margay.it.folder", made.toString());
        return AssembledGateway.gateway();
    }

    @Before
    public void prepare() {
        folder = Path.of(System.getProperty("margay.it.folder"));
        instances = new Instances(artefacts, reader, deployer);
        System.getProperties().put(ProbeDriver.PROBE, probe);
    }

    @After
    public void clear() throws Exception {
        instances.clear();
        System.getProperties().remove(ProbeDriver.PROBE);
    }

    @Test
    public void aKilledFunctionLosesNoWaitingMessage() throws Exception {
        Path out = Files.createTempFile(folder, "counted", ".txt");
        String driver = instances.upload(folder.resolve("probe-0.jar"));
        instances.apply(THINGS + """
                drivers:
                  - {name: probe, artefact: %s, language: java}
                devices:
                  - {product: load, name: load-1, driver: probe}
                functions:
                  - {name: py, artefact: %s, language: python, mode: continuous, timeout: 20s, environment: {OUT: "%s"}}
                routes:
                  - {name: to-py, from: devices, to: {function: py}, queue: 100000, whenFull: wait}
                """.formatted(driver, python("counting", COUNTING), out));
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicInteger sent = new AtomicInteger();
        Thread sender = new Thread(() -> send(running, sent), "sender");
        sender.start();
        long before = 0;
        for (int i = 0; i < KILLS; i++) {
            long process = process(PY);
            assertNotEquals(before, process);
            kill(process);
            Await.until("it runs again", SOON, () -> runs(PY, process));
            before = process;
        }
        running.set(false);
        sender.join();
        Await.until(
                () -> "all queues are empty: " + routes.list() + functions.list(),
                SOON,
                () -> routes.list().get(0).queued() == 0
                        && functions.find("py").orElseThrow().queued() == 0
                        && functions.find("py").orElseThrow().running() == 0);

        List<String> counted = Files.readAllLines(out);
        Set<String> once = new HashSet<>(counted);
        int lost = sent.get() - once.size();
        long failed = functions.find("py").orElseThrow().failed();
        assertEquals("none doubled", counted.size(), once.size());
        // A message that is in a worker's hands when it dies may be done or not, and is not sent to another one.
        assertTrue("lost " + lost + ", failed " + failed, lost <= failed && failed <= KILLS);
        assertTrue("there was load: " + sent, sent.get() > 1000);
        assertEquals(KILLS, status(PY).restarts());
        assertTrue(
                logged(PY).toString(),
                logged(PY).stream().anyMatch(line -> line.contains("ended") && line.contains("SIGKILL")));
        System.out.printf("killed: %d times, sent: %d, in hand and lost: %d, doubled: 0%n", KILLS, sent.get(), lost);
    }

    private void send(AtomicBoolean running, AtomicInteger sent) {
        @SuppressWarnings("unchecked")
        Function<Map<String, Object>, String> report =
                (Function<Map<String, Object>, String>) probe.get("load-1.report");
        while (running.get()) {
            assertEquals("ACCEPTED", report.apply(Map.of("n", sent.getAndIncrement())));
            LockSupport.parkNanos(200_000);
        }
    }

    @Test
    public void aCallInHandGetsAnErrorThatMayBeRetried() throws Exception {
        Path out = Files.createTempFile(folder, "called", ".txt");
        instances.apply("""
                instance: call
                functions:
                  - {name: py, artefact: %s, language: python, timeout: 30s, environment: {OUT: "%s"}}
                """.formatted(python("counting", COUNTING), out));
        CompletableFuture<byte[]> asleep = invoke("sleep");
        Await.until("the call is in work", SOON, () -> Files.readString(out).contains("asleep"));
        CompletableFuture<byte[]> waiting = invoke("waits for its turn");
        kill(process(PY));
        ExecutionException thrown = assertThrows(ExecutionException.class, asleep::get);
        InvocationException lost = (InvocationException) thrown.getCause();
        assertEquals(InvocationException.Kind.INSTANCE_LOST, lost.kind());
        assertTrue(lost.retriable());
        assertTrue(lost.getMessage(), lost.getMessage().contains("SIGKILL"));
        assertEquals("waits for its turn", new String(waiting.get(), StandardCharsets.UTF_8));
    }

    @Test
    public void aKilledDriverComesBackWithItsDevices() throws Exception {
        instances.apply(THINGS + """
                drivers:
                  - {name: outside, artefact: %s, language: python}
                devices:
                  - {product: load, name: load-1, driver: outside}
                  - {product: load, name: load-2, driver: outside}
                """.formatted(python("reporting", REPORTING)));
        for (int i = 1; i <= 2; i++) {
            Await.until(
                    "both report",
                    SOON,
                    () -> devices.list().stream().allMatch(DeviceStatus::online)
                            && devices.list().stream().allMatch(d -> d.accepted() > 5));
            long process = process(OUTSIDE);
            kill(process);
            if (i == 2) {
                // The first time it starts again at once; after that it waits, and says why.
                Await.until("it backs off", SOON, () -> status(OUTSIDE).state() == State.BACKOFF);
                assertTrue(status(OUTSIDE).reason(), status(OUTSIDE).reason().contains("SIGKILL"));
                assertTrue(status(OUTSIDE).reason(), status(OUTSIDE).reason().contains("again in 1 s"));
                DeviceStatus device = devices.list().get(0);
                assertFalse(device.online());
                assertTrue(device.reason(), device.reason().contains("SIGKILL"));
            }
            Await.until("it runs again", SOON, () -> runs(OUTSIDE, process));
            List<Long> counts =
                    devices.list().stream().map(DeviceStatus::accepted).toList();
            Await.until(
                    "both report again",
                    SOON,
                    () -> devices.list().stream().allMatch(DeviceStatus::online)
                            && devices.list().get(0).accepted() > counts.get(0) + 5
                            && devices.list().get(1).accepted() > counts.get(1) + 5);
            assertEquals(i, status(OUTSIDE).restarts());
        }
        assertTrue(logged(OUTSIDE).stream().anyMatch(line -> line.contains("ended") && line.contains("SIGKILL")));
        assertEquals(
                Map.of("n", 2),
                devices.get(new DeviceId("load", "load-1"), List.of("n"), SOON).get());
    }

    @Test
    public void oneThatCrashesAgainAndAgainIsHeldBack() throws Exception {
        instances.apply("""
                instance: crash
                functions:
                  - {name: py, artefact: %s, language: python, mode: continuous}
                """.formatted(python("crashing", CRASHING)));
        Await.until(
                "it was started three times",
                SOON,
                () -> status(PY).restarts() >= 3 && status(PY).state() == State.BACKOFF);
        GenerationStatus status = status(PY);
        assertTrue(status.reason(), status.reason().contains("exit code 3"));
        assertTrue(status.reason(), status.reason().contains("again in 2 s"));
        assertTrue(status.processes().isEmpty());
        assertTrue(logged(PY).stream().anyMatch(line -> line.contains("exit code 3")));
        // Held back means not deployed again by itself only: a change goes through at once.
        instances.apply("""
                instance: crash
                functions:
                  - {name: py, artefact: %s, language: python, mode: continuous}
                """.formatted(python("mended", "def handler(event, context):\n    return event\n")));
        assertEquals("well", new String(invoke("well").get(), StandardCharsets.UTF_8));
        assertEquals(State.RUNNING, status(PY).state());
    }

    @Test
    public void whatAnEarlierRunLeftIsEnded() throws Exception {
        Path run = Path.of(context.getProperty("margay.run"));
        // A gateway that was killed leaves the worker's folder too.
        Path left = Files.createDirectory(run.resolve("999"));
        ProcessBuilder builder = new ProcessBuilder("sleep", "300");
        builder.environment().put("MARGAY_SOCKET", left.resolve("s").toString());
        Process leftover = builder.start();
        ProcessBuilder stranger = new ProcessBuilder("sleep", "300");
        stranger.environment()
                .put("MARGAY_SOCKET", run.resolveSibling("other").resolve("1/s").toString());
        Process other = stranger.start();
        try {
            Bundle workers = Arrays.stream(context.getBundles())
                    .filter(bundle -> bundle.getSymbolicName().equals("io.margay.worker"))
                    .findFirst()
                    .orElseThrow();
            workers.stop();
            workers.start();
            // The component is made when somebody uses it.
            instances.apply("""
                    instance: after
                    functions:
                      - {name: py, artefact: %s, language: python}
                    """.formatted(python("mended", "def handler(event, context):\n    return event\n")));
            assertEquals("well", new String(invoke("well").get(), StandardCharsets.UTF_8));
            assertTrue("the leftover was ended", leftover.waitFor(10, java.util.concurrent.TimeUnit.SECONDS));
            assertTrue("another gateway's lives on", other.isAlive());
        } finally {
            leftover.destroyForcibly().waitFor();
            other.destroyForcibly().waitFor();
        }
    }

    private String python(String name, String script) throws Exception {
        return instances.upload(WorkloadFiles.zip(folder.resolve(name + ".zip"), Map.of("index.py", script)));
    }

    private CompletableFuture<byte[]> invoke(String event) {
        return functions.invoke("py", new Invocation(event.getBytes(StandardCharsets.UTF_8)));
    }

    private GenerationStatus status(WorkloadId id) {
        return deployer.workloads().stream()
                .filter(workload -> workload.id().equals(id))
                .findFirst()
                .orElseThrow()
                .status();
    }

    private long process(WorkloadId id) {
        return status(id).processes().get(0);
    }

    private boolean runs(WorkloadId id, long butNot) {
        GenerationStatus status = status(id);
        return status.state() == State.RUNNING
                && status.processes().size() == 1
                && !status.processes().contains(butNot);
    }

    private static void kill(long process) {
        assertTrue(ProcessHandle.of(process).orElseThrow().destroyForcibly());
    }

    private List<String> logged(WorkloadId workload) {
        return logs.query(new LogStore.Query(Optional.of(workload.toString()), Level.DEBUG, 0), 10_000).stream()
                .map(LogStore.LogRecord::message)
                .toList();
    }
}
