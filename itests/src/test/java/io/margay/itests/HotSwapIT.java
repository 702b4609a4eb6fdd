package io.margay.itests;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.itests.workloads.load.LoadDriver;
import io.margay.itests.workloads.work.WorkFunction;
import io.margay.model.DeviceId;
import io.margay.router.Routes;
import io.margay.spi.Invocation;
import io.margay.store.ArtefactStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.BundleContext;

/** A swap loses nothing: drivers and functions are replaced under load, and nothing is lost, doubled, failed or left behind. */
@RunWith(PaxExam.class)
public class HotSwapIT {
    private static final int SWAPS = 20;
    private static final int PER_MILLISECOND = 10;
    private static final int MOST_NUMBERS = 4_000_000;
    private static final int CALLERS = 8;

    private static final int SCRIPT_SWAPS = 10;
    private static final byte[] CALL = "call".getBytes(StandardCharsets.UTF_8);

    @Inject
    private BundleContext context;

    @Inject
    private ArtefactStore artefacts;

    @Inject
    private InstanceReader reader;

    @Inject
    private Deployer deployer;

    @Inject
    private Devices devices;

    @Inject
    private Functions functions;

    @Inject
    private Routes routes;

    @Rule
    public final LeakGuard guard = new LeakGuard();

    private final LinkedBlockingQueue<Integer> numbers = new LinkedBlockingQueue<>();
    private final AtomicIntegerArray counts = new AtomicIntegerArray(MOST_NUMBERS);
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicBoolean running = new AtomicBoolean(true);
    private ClassLoaders loaders;
    private Instances instances;
    private int sent;

    @Configuration
    public Option[] gateway() throws Exception {
        Path folder = Folders.make("margay-hotswap");
        for (int i = 0; i <= SWAPS; i++) {
            WorkloadFiles.bundle(folder, "load", i);
            WorkloadFiles.bundle(folder, "work", i);
        }
        ExclusiveSwap.prepare(folder);
        System.setProperty("margay.it.folder", folder.toString());
        return AssembledGateway.gateway();
    }

    @Before
    public void prepare() {
        loaders = new ClassLoaders(context);
        instances = new Instances(artefacts, reader, deployer);
        System.getProperties().put(LoadDriver.NUMBERS, numbers);
        System.getProperties().put(WorkFunction.COUNTS, counts);
    }

    @After
    public void clear() throws Exception {
        running.set(false);
        instances.clear();
        System.getProperties().remove(LoadDriver.NUMBERS);
        System.getProperties().remove(WorkFunction.COUNTS);
    }

    @Test
    public void nothingIsLostUnderLoad() throws Exception {
        Path folder = Path.of(System.getProperty("margay.it.folder"));
        Path pythonCounts = folder.resolve("python.txt");
        Files.writeString(pythonCounts, "");
        int[] variants = {0, 0, 0};
        instances.apply(document(folder, pythonCounts, variants));
        loaders.remember();

        List<Thread> threads = new ArrayList<>();
        threads.add(start("numbers", this::send));
        for (int i = 0; i < CALLERS; i++) {
            String caller = "caller-" + i;
            threads.add(start(caller, () -> call(caller)));
        }
        Await.until(
                "load flows",
                Duration.ofSeconds(30),
                () -> functions.find("work").orElseThrow().succeeded() > 1000);
        for (int i = 1; i <= SWAPS; i++) {
            for (int part = 0; part < variants.length; part++) {
                variants[part] = i;
                instances.apply(document(folder, pythonCounts, variants));
            }
            loaders.remember();
        }
        running.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
        Await.until("all sent numbers are reported", Duration.ofSeconds(30), numbers::isEmpty);
        Await.until(
                () -> "all queues are empty: " + routes.list() + functions.list(),
                Duration.ofSeconds(60),
                () -> routes.list().stream().allMatch(route -> route.queued() == 0)
                        && functions.list().stream().allMatch(f -> f.queued() == 0 && f.running() == 0));

        Outcome java = outcome(count -> counts.get(count), 1);
        Map<Integer, Integer> seen = new HashMap<>();
        Files.readAllLines(pythonCounts).forEach(line -> seen.merge(Integer.valueOf(line), 1, Integer::sum));
        Outcome python = outcome(number -> seen.getOrDefault(number, 0), 5);
        String counters = functions.list().toString();
        instances.clear();
        int leaked = loaders.leaked();
        System.out.printf(
                "sent: %d, lost: %d, doubled: %d, failed: %d, leaked loaders: %d (to Python: %d; calls of 200 ms: %d)%n",
                sent,
                java.lost + python.lost,
                java.doubled + python.doubled,
                failed.get(),
                leaked,
                seen.size(),
                answered.get());
        assertEquals("lost, " + counters, 0, java.lost + python.lost);
        assertEquals("doubled", 0, java.doubled + python.doubled);
        assertEquals("failed", 0, failed.get());
        assertEquals("leaked loaders", 0, leaked);
        assertTrue("calls were made", answered.get() > 0);
    }

    /** A function in Node.js with messages and calls; drivers in Python and Node.js with calls. */
    @Test
    public void scriptsAreSwappedUnderCalls() throws Exception {
        Path folder = Path.of(System.getProperty("margay.it.folder"));
        Path nodeCounts = Files.writeString(folder.resolve("node.txt"), "");
        instances.apply(scripts(folder, nodeCounts, 0));
        List<Thread> threads = new ArrayList<>();
        threads.add(start("numbers", this::sendSlowly));
        for (DeviceId device : List.of(new DeviceId("told", "python-1"), new DeviceId("told", "node-1"))) {
            threads.add(start(
                    "asks " + device,
                    () -> repeat(() -> {
                        Object told = devices.get(device, List.of("variant"), Duration.ofSeconds(20))
                                .get()
                                .get("variant");
                        assertTrue("variant " + told, told instanceof Number);
                    })));
        }
        threads.add(start(
                "calls node",
                () -> repeat(() -> assertArrayEquals(
                        CALL, functions.invoke("node", new Invocation(CALL)).get()))));
        for (int i = 1; i <= SCRIPT_SWAPS; i++) {
            int before = answered.get();
            Await.until("calls flow", Duration.ofSeconds(30), () -> answered.get() > before + 20);
            instances.apply(scripts(folder, nodeCounts, i));
        }
        running.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
        Map<Integer, Integer> seen = new HashMap<>();
        Await.until("each number is seen", Duration.ofSeconds(60), () -> {
            seen.clear();
            Files.readAllLines(nodeCounts).forEach(line -> seen.merge(Integer.valueOf(line), 1, Integer::sum));
            return numbers.isEmpty() && seen.size() == sent;
        });
        Outcome node = outcome(number -> seen.getOrDefault(number, 0), 1);
        System.out.printf(
                "swaps of each script: %d, sent to Node.js: %d, lost: %d, doubled: %d, calls: %d, failed: %d%n",
                SCRIPT_SWAPS, sent, node.lost, node.doubled, answered.get(), failed.get());
        assertEquals("lost", 0, node.lost);
        assertEquals("doubled", 0, node.doubled);
        assertEquals("failed", 0, failed.get());
        for (String device : List.of("python-1", "node-1")) {
            assertEquals(
                    SCRIPT_SWAPS,
                    ((Number) devices.get(new DeviceId("told", device), List.of(), Duration.ofSeconds(20))
                                    .get()
                                    .get("variant"))
                            .intValue());
        }
    }

    private interface Call {
        void make() throws Exception;
    }

    private void repeat(Call call) {
        while (running.get()) {
            try {
                call.make();
                answered.incrementAndGet();
            } catch (Exception | AssertionError e) {
                System.out.println(Thread.currentThread().getName() + ": " + e);
                failed.incrementAndGet();
            }
        }
    }

    private void sendSlowly() {
        while (running.get()) {
            numbers.add(sent++);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private String scripts(Path folder, Path counts, int variant) throws Exception {
        String pythonDriver = """
                from margay import Driver

                class Told(Driver):
                    def start(self, context):
                        for settings in context.devices:
                            context.connect(settings).online()

                    def get(self, device, properties):
                        return {"variant": %d}
                """.formatted(variant);
        String nodeDriver = """
                exports.Driver = class {
                  async start(context) {
                    for (const settings of context.devices) {
                      await (await context.connect(settings)).online();
                    }
                  }
                  get() { return { variant: %d }; }
                };
                """.formatted(variant);
        String node = """
                const fs = require('fs');
                const out = fs.openSync(process.env.OUT, 'a');
                // variant %d
                exports.handler = async (event) => {
                  const text = event.toString();
                  if (!text.startsWith('{')) return event;
                  fs.writeSync(out, JSON.parse(JSON.parse(text).payload).n.value + '\\n');
                };
                """.formatted(variant);
        return """
                instance: scripts
                products:
                  - key: load
                    model: {properties: [{identifier: n, accessMode: r, dataType: {type: int}}]}
                  - key: told
                    model: {properties: [{identifier: variant, accessMode: r, dataType: {type: int}}]}
                drivers:
                  - {name: load, artefact: %s, language: java}
                  - {name: python, artefact: %s, language: python}
                  - {name: node, artefact: %s, language: nodejs}
                devices:
                  - {product: load, name: device-1, driver: load}
                  - {product: load, name: device-2, driver: load}
                  - {product: told, name: python-1, driver: python}
                  - {product: told, name: node-1, driver: node}
                functions:
                  - {name: node, artefact: %s, language: nodejs, mode: continuous, timeout: 20s, environment: {OUT: "%s"}}
                routes:
                  - {name: to-node, from: {product: load}, to: {function: node}, queue: 100000, whenFull: wait}
                """.formatted(
                        instances.upload(folder.resolve("load-0.jar")),
                        script(folder, "python-driver", "index.py", variant, pythonDriver),
                        script(folder, "node-driver", "index.js", variant, nodeDriver),
                        script(folder, "node", "index.js", variant, node),
                        counts);
    }

    private String script(Path folder, String name, String file, int variant, String text) throws Exception {
        return instances.upload(WorkloadFiles.zip(folder.resolve(name + "-" + variant + ".zip"), Map.of(file, text)));
    }

    @Test
    public void oneClientAtATimeAndNothingIsLost() throws Exception {
        try (ExclusiveSwap swap = new ExclusiveSwap(instances, devices, functions, routes, loaders)) {
            swap.run(Path.of(System.getProperty("margay.it.folder")), counts);
        }
    }

    private Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.start();
        return thread;
    }

    private void send() {
        long next = System.nanoTime();
        while (running.get() && sent + PER_MILLISECOND < MOST_NUMBERS) {
            for (int i = 0; i < PER_MILLISECOND; i++) {
                numbers.add(sent++);
            }
            next += 1_000_000;
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void call(String caller) {
        for (int i = 0; running.get(); i++) {
            byte[] event = (caller + "/" + i).getBytes(StandardCharsets.UTF_8);
            try {
                byte[] result = functions.invoke("work", new Invocation(event)).get();
                (Arrays.equals(event, result) ? answered : failed).incrementAndGet();
            } catch (Exception e) {
                System.out.println(caller + ": " + e);
                failed.incrementAndGet();
            }
        }
    }

    private record Outcome(int lost, int doubled) {}

    private interface Count {
        int of(int number);
    }

    private Outcome outcome(Count count, int step) {
        int lost = 0;
        int doubled = 0;
        for (int number = 0; number < sent; number += step) {
            int times = count.of(number);
            lost += times == 0 ? 1 : 0;
            doubled += times > 1 ? 1 : 0;
        }
        return new Outcome(lost, doubled);
    }

    private String document(Path folder, Path pythonCounts, int[] variants) throws Exception {
        String driver = instances.upload(folder.resolve("load-" + variants[0] + ".jar"));
        String work = instances.upload(folder.resolve("work-" + variants[1] + ".jar"));
        String script = """
                import json, os
                out = open(os.environ["OUT"], "a", buffering=1)
                # variant %d
                def handler(event, context):
                    number = json.loads(json.loads(event)["payload"])["n"]["value"]
                    out.write(str(number) + "\\n")
                """.formatted(variants[2]);
        String python = instances.upload(
                WorkloadFiles.zip(folder.resolve("python-" + variants[2] + ".zip"), Map.of("index.py", script)));
        return """
                instance: hot-swap
                products:
                  - key: load
                    model: {properties: [{identifier: n, accessMode: r, dataType: {type: int}}]}
                drivers:
                  - {name: load, artefact: %s, language: java}
                devices:
                  - {product: load, name: device-1, driver: load}
                  - {product: load, name: device-2, driver: load}
                functions:
                  - {name: work, artefact: %s, language: java, concurrency: 16, timeout: 20s, mode: continuous}
                  - {name: py, artefact: %s, language: python, handler: index.handler, mode: continuous,
                     timeout: 20s, environment: {OUT: "%s"}}
                routes:
                  - {name: to-work, from: devices, to: {function: work}, queue: 100000, whenFull: wait}
                  - {name: to-py, from: {device: load/device-2}, to: {function: py}, queue: 100000, whenFull: wait}
                """.formatted(driver, work, python, pythonCounts);
    }
}
