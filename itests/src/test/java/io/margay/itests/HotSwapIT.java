package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.itests.workloads.load.LoadDriver;
import io.margay.itests.workloads.work.WorkFunction;
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
