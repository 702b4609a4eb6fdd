package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.deployer.Plan;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.itests.workloads.echo.EchoFunction;
import io.margay.itests.workloads.probe.ProbeDriver;
import io.margay.model.WorkloadId;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Invocation;
import io.margay.store.ArtefactStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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

/** The difference that a plan prints is the one that is made, and planning changes nothing. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class PlanApplyIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final String BASE = """
            instance: plan
            products:
              - key: kettle
                model: {properties: [{identifier: temperature, dataType: {type: int}}]}
            drivers:
              - {name: probe, artefact: @probe-0@, language: java, config: {kv: {port: one}}}
            devices:
              - {product: kettle, name: kettle-1, driver: probe, config: {unit: 1}}
            functions:
              - {name: echo, artefact: @echo-0@, language: java, timeout: 5s, timers: [{name: tick, cron: "0 4 * * *"}]}
              - {name: py, artefact: @py-0@, language: python, mode: continuous, environment: {COLOUR: red}}
            routes:
              - {name: one, from: {product: kettle}, to: {function: echo}}
              - {name: two, from: devices, to: log}
            """;

    /** One after the other: what is changed in the document before, and the steps that this wants. */
    private record Change(String from, String to, String... steps) {}

    private static final List<Change> CHANGES = List.of(
            // Drivers and what belongs to them.
            new Change("@probe-0@", "@probe-1@", "update driver probe"),
            new Change("{kv: {port: one}}", "{kv: {port: two}}", "configure driver probe"),
            new Change("{kv: {port: two}}", "{json: {port: 3}}", "configure driver probe"),
            new Change(
                    "config: {unit: 1}",
                    "config: {unit: 2}",
                    "update device kettle/kettle-1",
                    "configure driver probe"),
            new Change(
                    "functions:\n",
                    "  - {product: kettle, name: kettle-2, driver: probe}\nfunctions:\n",
                    "add device kettle/kettle-2",
                    "configure driver probe"),
            new Change("type: int", "type: double", "update product kettle", "configure driver probe"),
            new Change("drivers:\n", "  - {key: lamp, model: {properties: []}}\ndrivers:\n", "add product lamp"),
            new Change(
                    "drivers:\n",
                    "drivers:\n  - {name: second, artefact: @probe-0@, language: java}\n",
                    "install driver second"),
            new Change(
                    "name: kettle-2, driver: probe",
                    "name: kettle-2, driver: second",
                    "update device kettle/kettle-2",
                    "configure driver second",
                    "configure driver probe"),
            new Change(
                    "language: java, config: {json",
                    "language: java, environment: {A: b}, config: {json",
                    "restart driver probe"),
            // Functions.
            new Change("@echo-0@", "@echo-1@", "update function echo"),
            new Change("@py-0@", "@py-1@", "update function py"),
            new Change("COLOUR: red", "COLOUR: blue", "restart function py"),
            new Change("timeout: 5s", "timeout: 6s", "configure function echo"),
            new Change("mode: continuous", "mode: on-demand", "restart function py"),
            new Change("mode: on-demand", "mode: continuous, queue: 7, concurrency: 2", "restart function py"),
            new Change("queue: 7", "queue: 8", "configure function py"),
            new Change(
                    "routes:\n",
                    "  - {name: three, artefact: @echo-0@, language: java, config: {kv: {a: b}}}\nroutes:\n",
                    "install function three"),
            new Change("{kv: {a: b}}", "{kv: {a: c}}", "configure function three"),
            // Timers.
            new Change("0 4 * * *", "0 5 * * *", "update timer echo/tick"),
            new Change("{name: tick,", "{name: tock, cron: \"1 1 * * *\"}, {name: tick,", "add timer echo/tock"),
            new Change(
                    ", timers: [{name: tock, cron: \"1 1 * * *\"}, {name: tick, cron: \"0 5 * * *\"}]",
                    "",
                    "remove timer echo/tock",
                    "remove timer echo/tick"),
            // Routes.
            new Change("to: log}", "to: log, filter: \"/sys/#\"}", "update route two"),
            new Change("to: log,", "to: {function: three},", "update route two"),
            new Change(
                    "  - {name: two",
                    "  - {name: three, from: {function: py}, to: log}\n  - {name: two",
                    "add route three"),
            new Change("  - {name: three, from: {function: py}, to: log}\n", "", "remove route three"),
            // Nothing but its looks, and another name.
            new Change("instance: plan\n", "instance: plan\n# the same\n"),
            // And away, one after the other.
            new Change(
                    "  - {product: kettle, name: kettle-2, driver: second}\n",
                    "",
                    "configure driver second",
                    "remove device kettle/kettle-2"),
            new Change("  - {name: second, artefact: @probe-0@, language: java}\n", "", "remove driver second"),
            new Change("  - {key: lamp, model: {properties: []}}\n", "", "remove product lamp"));

    @Inject
    private BundleContext context;

    @Inject
    private ArtefactStore artefacts;

    @Inject
    private InstanceReader reader;

    @Inject
    private Deployer deployer;

    @Rule
    public final RuleChain rules = RuleChain.outerRule(
                    new Summary(PlanApplyIT.class, CHANGES.size() + " changes made as planned"))
            .around(new LeakGuard());

    private Path folder;
    private Instances instances;

    @Configuration
    public Option[] gateway() throws Exception {
        Path made = Folders.make("margay-plan");
        for (int i = 0; i < 2; i++) {
            WorkloadFiles.bundle(made, "probe", i);
            WorkloadFiles.bundle(made, "echo", i);
            String script = "# " + i + "\ndef handler(event, context):\n    return event\n";
            WorkloadFiles.zip(made.resolve("py-" + i + ".zip"), Map.of("index.py", script));
        }
        System.setProperty("margay.it.folder", made.toString());
        return AssembledGateway.gateway();
    }

    @Before
    public void prepare() {
        folder = Path.of(System.getProperty("margay.it.folder"));
        instances = new Instances(artefacts, reader, deployer);
        System.getProperties().put(ProbeDriver.PROBE, new ConcurrentHashMap<String, Object>());
        System.getProperties().put(EchoFunction.SEEN, new ConcurrentLinkedQueue<String>());
    }

    @After
    public void clear() throws Exception {
        new Instances(artefacts, reader, GatewayState.get(context, Deployer.class)).clear();
        System.getProperties().remove(ProbeDriver.PROBE);
        System.getProperties().remove(EchoFunction.SEEN);
    }

    @Test
    public void whatIsPlannedIsMade() throws Exception {
        List<String> wrong = new ArrayList<>();
        String document = BASE;
        check(wrong, "all", document, null);
        for (Change change : CHANGES) {
            String changed = document.replace(change.from(), change.to());
            assertNotEquals("the table is right about " + change.from(), document, changed);
            check(wrong, change.from().strip() + " → " + change.to().strip(), changed, change.steps());
            document = changed;
        }
        check(wrong, "nothing", "instance: empty\n", null);
        assertTrue(String.join("\n", wrong), wrong.isEmpty());
    }

    /** Plans and applies one change. */
    private void check(List<String> wrong, String what, String text, String[] steps) throws Exception {
        String document = withDigests(text);
        GatewayState before = GatewayState.of(context);
        Plan plan = instances.plan(document);
        assertEquals(what + ": planning changes nothing", before, GatewayState.of(context));
        if (steps != null && !Arrays.asList(steps).equals(words(plan))) {
            wrong.add(what + ": wanted " + Arrays.asList(steps) + ", planned " + words(plan));
        }
        Plan done = instances.apply(document);
        if (!plan.steps().equals(done.steps())) {
            wrong.add(what + ": planned " + plan.steps() + ", done " + done.steps());
        }
        Plan after = instances.plan(document);
        if (!after.steps().isEmpty()) {
            wrong.add(what + ": still to do afterwards: " + after.steps());
        }
        if (plan.steps().isEmpty() && !before.equals(GatewayState.of(context))) {
            wrong.add(what + ": there was nothing to do, and yet something changed");
        }
    }

    private static List<String> words(Plan plan) {
        return plan.steps().stream()
                .map(step -> step.action().name().toLowerCase(Locale.ROOT) + " " + step.kind() + " " + step.name())
                .toList();
    }

    private String withDigests(String text) throws Exception {
        String document = text;
        for (int i = 0; i < 2; i++) {
            document = document.replace("@probe-" + i + "@", instances.upload(folder.resolve("probe-" + i + ".jar")))
                    .replace("@echo-" + i + "@", instances.upload(folder.resolve("echo-" + i + ".jar")))
                    .replace("@py-" + i + "@", instances.upload(folder.resolve("py-" + i + ".zip")));
        }
        return document;
    }

    @Test
    public void aNewStartBringsItUpAgain() throws Exception {
        String document = withDigests(BASE);
        instances.apply(document);
        long process = process();
        Bundle bundle = Arrays.stream(context.getBundles())
                .filter(b -> b.getSymbolicName().equals("io.margay.deployer"))
                .findFirst()
                .orElseThrow();

        bundle.stop();
        Await.until("its workloads end with it", SOON, () -> ProcessHandle.of(process)
                .isEmpty());
        assertFalse(GatewayState.get(context, Devices.class).list().stream().anyMatch(Devices.DeviceStatus::online));
        bundle.start();
        Await.until("the deployer is back", SOON, () -> context.getServiceReference(Deployer.class) != null);
        Deployer again = GatewayState.get(context, Deployer.class);
        Await.until(
                () -> "all run: " + again.workloads(),
                SOON,
                () -> again.workloads().size() == 3
                        && again.workloads().stream().allMatch(w -> Set.of(State.RUNNING, State.IDLE)
                                .contains(w.status().state())));

        assertEquals("plan", again.current().name());
        assertNotEquals(process, process());
        Await.until(
                "its device is on line",
                SOON,
                () -> GatewayState.get(context, Devices.class).list().get(0).online());
        assertEquals(2, GatewayState.of(context).routes().size());
        assertEquals(1, GatewayState.of(context).timers().size());
        byte[] event = "hello".getBytes(StandardCharsets.UTF_8);
        byte[] result = GatewayState.get(context, Functions.class)
                .invoke("py", new Invocation(event))
                .get();
        assertEquals("hello", new String(result, StandardCharsets.UTF_8));
        assertTrue(
                new Instances(artefacts, reader, again).plan(document).steps().isEmpty());
    }

    private long process() {
        return GatewayState.get(context, Deployer.class).workloads().stream()
                .filter(w -> w.id().equals(WorkloadId.function("py")))
                .findFirst()
                .orElseThrow()
                .status()
                .processes()
                .get(0);
    }
}
