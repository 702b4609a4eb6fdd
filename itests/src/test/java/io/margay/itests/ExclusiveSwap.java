package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import io.margay.deployer.DeploymentException;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.model.DeviceId;
import io.margay.router.Routes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** What only one may hold is handed over: the Modbus driver is swapped on a slave that serves a single client. */
final class ExclusiveSwap implements AutoCloseable {
    private static final int SWAPS = 5;
    private static final DeviceId METER = new DeviceId("meter", "meter-1");
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Instances instances;
    private final Devices devices;
    private final Functions functions;
    private final Routes routes;
    private final ClassLoaders loaders;
    private final SingleClientSlave slave = new SingleClientSlave();
    private final AtomicBoolean running = new AtomicBoolean(true);
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger offline = new AtomicInteger();
    private final AtomicLong longest = new AtomicLong();
    private Path folder;

    ExclusiveSwap(Instances instances, Devices devices, Functions functions, Routes routes, ClassLoaders loaders)
            throws IOException {
        this.instances = instances;
        this.devices = devices;
        this.functions = functions;
        this.routes = routes;
        this.loaders = loaders;
    }

    /** Makes the drivers' files. */
    static void prepare(Path folder) throws Exception {
        Path modbus = Path.of(System.getProperty("margay.install"), "lib/drivers/modbus.jar");
        for (int i = 0; i <= SWAPS; i++) {
            variant(modbus, folder.resolve("modbus-" + i + ".jar"), i);
        }
        WorkloadFiles.bundle(folder, "broken", 0);
    }

    /** The same jar with one entry more. */
    private static void variant(Path jar, Path to, int variant) throws IOException {
        try (JarFile from = new JarFile(jar.toFile());
                OutputStream file = Files.newOutputStream(to);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            for (Enumeration<JarEntry> entries = from.entries(); entries.hasMoreElements(); ) {
                JarEntry entry = entries.nextElement();
                zip.putNextEntry(new ZipEntry(entry.getName()));
                try (InputStream content = from.getInputStream(entry)) {
                    content.transferTo(zip);
                }
            }
            zip.putNextEntry(new ZipEntry("variant.txt"));
            zip.write('0' + variant);
        }
    }

    @Override
    public void close() throws Exception {
        running.set(false);
        instances.clear();
        slave.close();
    }

    /** @param counts where the function counts each number that arrives */
    void run(Path files, AtomicIntegerArray counts) throws Exception {
        folder = files;
        instances.apply(document("modbus-0"));
        loaders.remember();
        Await.until("reports flow", SOON, () -> succeeded() > 50);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(start("get-" + i, this::call));
        }
        threads.add(start("watch", this::watch));
        for (int i = 1; i <= SWAPS; i++) {
            long before = succeeded();
            int callsBefore = calls.get();
            instances.apply(document("modbus-" + i));
            loaders.remember();
            Await.until("the new one works", SOON, () -> succeeded() > before + 20 && calls.get() > callsBefore + 20);
        }
        int clients = slave.clients();
        takesBack();
        running.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
        // Off line drivers report no more: then what was accepted can be counted.
        instances.apply(document("modbus-" + SWAPS).replace("pollMs: 5}", "pollMs: 3600000}"));
        Await.until(
                () -> "all queues are empty: " + routes.list() + functions.list(),
                SOON,
                () -> routes.list().stream().allMatch(route -> route.queued() == 0)
                        && functions.list().stream().allMatch(f -> f.queued() == 0 && f.running() == 0));
        long accepted = devices.find(METER).orElseThrow().accepted();
        int arrived = 0;
        int doubled = 0;
        for (int number = 0; number < counts.length(); number++) {
            int times = counts.get(number);
            arrived += Math.min(times, 1);
            doubled += Math.max(times - 1, 0);
        }
        instances.clear();
        int leaked = loaders.leaked();
        System.out.printf(
                "swaps: %d, lost: %d, doubled: %d, failed calls: %d, two clients at once: %d, longest gap: %d ms%n",
                SWAPS,
                accepted - arrived,
                doubled,
                failed.get(),
                slave.turnedAway(),
                TimeUnit.NANOSECONDS.toMillis(longest.get()));
        System.out.printf(
                "reports: %d, calls: %d, off line seen: %d, clients one after the other: %d, leaked loaders: %d%n",
                accepted, calls.get(), offline.get(), clients, leaked);
        assertEquals("lost", 0, accepted - arrived);
        assertEquals("doubled", 0, doubled);
        assertEquals("failed calls", 0, failed.get());
        assertEquals("two clients at once", 0, slave.turnedAway());
        assertEquals("clients one after the other", SWAPS + 1, clients);
        assertEquals("off line seen", 0, offline.get());
        assertEquals("leaked loaders", 0, leaked);
        assertEquals("", slave.broken());
    }

    /** A version that does not start: the former one takes its device back, and calls and reports go on. */
    private void takesBack() throws Exception {
        try {
            instances.apply(document("broken-0"));
            fail("a driver that throws in start was taken");
        } catch (DeploymentException e) {
            assertTrue(e.getMessage(), e.getMessage().contains("this version is broken"));
            assertTrue(e.getMessage(), e.rolledBack());
        }
        long before = succeeded();
        int callsBefore = calls.get();
        Await.until("the old one works again", SOON, () -> succeeded() > before + 20 && calls.get() > callsBefore + 20);
    }

    private static Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.start();
        return thread;
    }

    private void call() {
        while (running.get()) {
            long before = System.nanoTime();
            try {
                devices.get(METER, List.of("n"), Duration.ofSeconds(20)).get();
                calls.incrementAndGet();
            } catch (Exception e) {
                System.out.println("get: " + e);
                failed.incrementAndGet();
            }
            longest.accumulateAndGet(System.nanoTime() - before, Math::max);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void watch() {
        while (running.get()) {
            if (!devices.find(METER).map(Devices.DeviceStatus::online).orElse(false)) {
                offline.incrementAndGet();
            }
            LockSupport.parkNanos(500_000);
        }
    }

    private long succeeded() {
        return functions.find("work").orElseThrow().succeeded();
    }

    private String document(String driver) throws Exception {
        return """
                instance: exclusive
                products:
                  - key: meter
                    model: {properties: [{identifier: n, dataType: {type: int}}]}
                    extension: {modbus: {properties: {n: {address: 0, type: uint32}}}}
                drivers:
                  - name: modbus
                    artefact: %s
                    language: java
                    handover: exclusive
                    config: {json: {mode: tcp, host: 127.0.0.1, port: %d, pollMs: 5}}
                devices:
                  - {product: meter, name: meter-1, driver: modbus}
                functions:
                  - {name: work, artefact: %s, language: java, mode: continuous, timeout: 20s}
                routes:
                  - {name: to-work, from: devices, to: {function: work}, queue: 100000, whenFull: wait}
                """.formatted(
                        instances.upload(folder.resolve(driver + ".jar")),
                        slave.port(),
                        instances.upload(folder.resolve("work-0.jar")));
    }
}
