package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.device.Devices;
import io.margay.device.Devices.DeviceStatus;
import io.margay.instance.InstanceReader;
import io.margay.model.DeviceId;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;

/** The built-in Modbus driver in the gateway understands a slave from another code base (pymodbus), over TCP and RTU. */
@RunWith(PaxExam.class)
public class ModbusPeerIT {
    private static final DeviceId METER = new DeviceId("meter", "meter-1");
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SOON = Duration.ofSeconds(20);

    /** Address, size and value of each number of the slave, as it lays them out from a start on. */
    private static final Map<String, Object> NUMBERS = new LinkedHashMap<>();

    static {
        NUMBERS.put("int16", -2);
        NUMBERS.put("uint16", 65000);
        NUMBERS.put("int32", -123456789);
        NUMBERS.put("uint32", 4000000000L);
        NUMBERS.put("int64", -1234567890123L);
        NUMBERS.put("uint64", 9007199254740991L);
        NUMBERS.put("float32", 3.5);
        NUMBERS.put("float64", -0.0009765625);
    }

    @Inject
    private ArtefactStore artefacts;

    @Inject
    private InstanceReader reader;

    @Inject
    private Deployer deployer;

    @Inject
    private Devices devices;

    @Rule
    public final LeakGuard guard = new LeakGuard();

    private Path folder;
    private Instances instances;
    private String python;

    @Configuration
    public Option[] gateway() throws Exception {
        Path folder = Folders.make("margay-modbus");
        ModbusPeer.script(folder);
        System.setProperty("margay.it.folder", folder.toString());
        return AssembledGateway.gateway();
    }

    @Before
    public void prepare() throws Exception {
        folder = Path.of(System.getProperty("margay.it.folder"));
        instances = new Instances(artefacts, reader, deployer);
        python = ModbusPeer.python().orElse("");
        if (python.isEmpty()) {
            Needs.missing("Debian's python3-pymodbus (3.0) and python3-serial-asyncio are not installed");
        }
    }

    @After
    public void clear() throws Exception {
        instances.clear();
    }

    @Test
    public void overTcp() throws Exception {
        overTcp("bundle");
    }

    /** The built-in driver as it is, in a JVM of its own. */
    @Test
    public void overTcpInAProcess() throws Exception {
        overTcp("process");
    }

    private void overTcp(String isolation) throws Exception {
        int port = freePort();
        String config = "{mode: tcp, host: 127.0.0.1, port: %d, pollMs: 100, timeoutMs: 1000, maxBackoffMs: 400}";
        ModbusPeer peer = slave("tcp", Integer.toString(port));
        try {
            instances.apply(document(config.formatted(port)).replace("isolation: bundle", "isolation: " + isolation));
            assertEquals(isolation, deployer.workloads().get(0).isolation());
            readsAllTypes();
            asksOncePerNeighbourhood(peer);
            writesBack(peer);
        } finally {
            peer.close();
        }
        long killed = System.nanoTime();
        Await.until(() -> "off line: " + status(), Duration.ofSeconds(5), () -> !status().online());
        System.out.printf(
                "slave killed: off line after %d ms: %s%n",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed), status().reason());
        assertFalse("a reason is told", status().reason().isBlank());
        assertTrue(status().reason(), status().reason().contains("127.0.0.1:" + port));

        try (ModbusPeer again = slave("tcp", Integer.toString(port))) {
            long accepted = status().accepted();
            long back = System.nanoTime();
            Await.until(() -> "on line: " + status(), Duration.ofSeconds(5), () -> status().online());
            Await.until("values again", SOON, () -> status().accepted() > accepted);
            System.out.printf(
                    "slave back: values after %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - back));
            // The new slave has forgotten what was written.
            assertEquals(0.0, number("setpoint"), 0);
            Await.until(() -> "a poll: " + again.requests, SOON, () -> again.requests.contains("read input 0 80"));
        }
    }

    @Test
    public void overASerialLine() throws Exception {
        Path ours = folder.resolve("line-a");
        Path theirs = folder.resolve("line-b");
        Process line;
        try {
            line = new ProcessBuilder("socat", "pty,raw,echo=0,link=" + ours, "pty,raw,echo=0,link=" + theirs)
                    .inheritIO()
                    .start();
        } catch (IOException e) {
            Needs.missing("socat is not installed");
            return;
        }
        try {
            Await.until("a serial line", SOON, () -> Files.exists(ours) && Files.exists(theirs));
            try (ModbusPeer peer = slave("rtu", theirs.toString())) {
                instances.apply(document(
                        "{mode: rtu, port: %s, baudRate: 19200, pollMs: 200, timeoutMs: 1000}".formatted(ours)));
                readsAllTypes();
                asksOncePerNeighbourhood(peer);
                writesBack(peer);
            }
            Await.until(() -> "off line: " + status(), Duration.ofSeconds(10), () -> !status().online());
            assertTrue(status().reason(), status().reason().contains(ours.toString()));
        } finally {
            instances.clear();
            line.destroy();
            line.waitFor();
        }
    }

    private ModbusPeer slave(String... arguments) throws Exception {
        return ModbusPeer.start(python, folder.resolve("peer.py"), arguments);
    }

    private void readsAllTypes() throws Exception {
        Await.until(
                () -> "values: " + status(),
                SOON,
                () -> status().values().size() == properties().size());
        assertTrue(status().online());
        Map<String, Object> values = new TreeMap<>();
        status().values().forEach((name, value) -> values.put(name, value.value()));
        checkValues(values);
        checkValues(devices.get(METER, List.of(), TIMEOUT).get());
        assertEquals(0, status().refused());
    }

    private static void checkValues(Map<String, Object> values) {
        for (String order : List.of("big", "little", "swapped")) {
            NUMBERS.forEach((type, expected) -> assertEquals(
                    order + " " + type,
                    ((Number) expected).doubleValue(),
                    ((Number) values.get(order + "_" + type)).doubleValue(),
                    0));
        }
        assertEquals("Kessel ü", values.get("name"));
        assertEquals(21.3, ((Number) values.get("temperature")).doubleValue(), 0);
        assertEquals(true, values.get("fault"));
        assertEquals(true, values.get("flame"));
        assertEquals(7, ((Number) values.get("far")).intValue());
    }

    /** Five requests a poll: for the near and the far input registers, holding registers, coils, discrete inputs. */
    private static void asksOncePerNeighbourhood(ModbusPeer peer) throws Exception {
        int from = peer.requests.size();
        Await.until("three polls", SOON, () -> peer.requests.size() >= from + 20);
        List<String> seen = List.copyOf(peer.requests).subList(from, from + 20);
        Map<String, Integer> counts = new TreeMap<>();
        seen.forEach(request -> counts.merge(request, 1, Integer::sum));
        System.out.println("requests of four polls: " + counts);
        assertEquals(
                Map.of(
                        "read input 0 80", 4,
                        "read input 300 1", 4,
                        "read holding 0 5", 4,
                        "read coil 0 1", 4,
                        "read discrete 2 1", 4),
                counts);
    }

    private void writesBack(ModbusPeer peer) throws Exception {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("setpoint", 65.5);
        wanted.put("limit", 12.25);
        wanted.put("total", 70000);
        wanted.put("burner", true);
        devices.set(METER, wanted, TIMEOUT).get();
        // The slave prints a request before it answers, but on another way than its answer takes.
        Await.until(
                () -> "two writes: " + writes(peer), SOON, () -> writes(peer).size() >= 2);
        List<String> writes = writes(peer);
        // 655; 12.25 is 0x41440000, the low word first; 70000 is 0x00011170: one request for neighbours.
        assertTrue(writes.toString(), writes.contains("write holding 0 655 0 " + 0x4144 + " 1 " + 0x1170));
        assertTrue(writes.toString(), writes.contains("write coil 0 1"));
        assertEquals(writes.toString(), 2, writes.size());
        Map<String, Object> read =
                devices.get(METER, List.copyOf(wanted.keySet()), TIMEOUT).get();
        assertEquals(65.5, ((Number) read.get("setpoint")).doubleValue(), 0);
        assertEquals(12.25, ((Number) read.get("limit")).doubleValue(), 0);
        assertEquals(70000, ((Number) read.get("total")).intValue());
        assertEquals(true, read.get("burner"));
        Await.until("the next report has it", SOON, () -> number("setpoint") == 65.5);
    }

    private static List<String> writes(ModbusPeer peer) {
        return peer.requests.stream().filter(line -> line.startsWith("write")).toList();
    }

    private DeviceStatus status() {
        return devices.find(METER).orElseThrow();
    }

    private double number(String property) {
        return ((Number) status().values().get(property).value()).doubleValue();
    }

    private static List<String> properties() {
        List<String> all = new ArrayList<>(
                List.of("name", "temperature", "fault", "far", "flame", "burner", "setpoint", "limit", "total"));
        for (String order : List.of("big", "little", "swapped")) {
            NUMBERS.keySet().forEach(type -> all.add(order + "_" + type));
        }
        return all;
    }

    private static String document(String config) {
        List<String> model = new ArrayList<>();
        List<String> mapping = new ArrayList<>();
        int address = 0;
        for (String order : List.of("big", "little", "swapped")) {
            int at = address;
            for (String type : NUMBERS.keySet()) {
                String name = order + "_" + type;
                model.add(property(name, type.matches(".*(8|16|int32)") && !type.equals("uint32") ? "int" : "double"));
                mapping.add("%s: {table: input, address: %d, type: %s, wordOrder: %s, byteOrder: %s}"
                        .formatted(
                                name,
                                at,
                                type,
                                order.equals("little") ? "little" : "big",
                                order.equals("swapped") ? "little" : "big"));
                at += Integer.parseInt(type.replaceAll("[a-z]+", "")) / 16;
            }
            address += 30;
        }
        model.add(property("name", "text"));
        mapping.add("name: {table: input, address: 20, type: string, length: 10}");
        model.add(property("temperature", "double"));
        mapping.add("temperature: {table: input, address: 25, type: int16, scale: 0.1}");
        model.add(property("fault", "bool"));
        mapping.add("fault: {table: input, address: 26, type: bool, bit: 3}");
        model.add(property("far", "int"));
        mapping.add("far: {table: input, address: 300}");
        model.add(property("flame", "bool"));
        mapping.add("flame: {table: discrete, address: 2}");
        model.add(property("burner", "bool"));
        mapping.add("burner: {table: coil, address: 0, writable: true}");
        model.add(property("setpoint", "double"));
        mapping.add("setpoint: {address: 0, type: int16, scale: 0.1, writable: true}");
        model.add(property("limit", "float"));
        mapping.add("limit: {address: 1, type: float32, wordOrder: little, writable: true}");
        model.add(property("total", "int"));
        mapping.add("total: {address: 3, type: uint32, writable: true}");
        return """
                instance: peer
                products:
                  - key: meter
                    model: {properties: [%s]}
                    extension:
                      modbus:
                        maxGap: 12
                        properties:
                          %s
                drivers:
                  - name: modbus
                    builtin: modbus
                    isolation: bundle
                    config: {json: %s}
                devices:
                  - {product: meter, name: meter-1, driver: modbus, config: {unitId: 3}}
                """.formatted(String.join(", ", model), String.join("\n          ", mapping), config);
    }

    private static String property(String name, String type) {
        return "{identifier: %s, dataType: {type: %s}}".formatted(name, type);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
