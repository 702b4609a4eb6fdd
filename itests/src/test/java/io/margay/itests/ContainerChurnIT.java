package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;

/** Many containers come and go, and nothing of them stays; where a host port has to be handed over, the gap is measured. */
public class ContainerChurnIT {
    private static final TestEngine ENGINE = new TestEngine();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(ENGINE).around(new LeakGuard());

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int CONTAINERS = 50;
    private static final int PORT_SWAPS = 5;
    /** How many milliseconds a client waits for an answer, which no gap can be measured finer than. */
    private static final int PATIENCE = 100;
    /** Where an announcement goes. */
    private static final int DISCARD = 9;

    private static final Pattern LISTS = Pattern.compile("\"Id\":\"([^\"]+)\"|\"Name\":\"([^\"]+)\"");

    private static final String VERSIONED = """
            def handler(event, context):
                return "version %s"
            """;

    /** Answers on its port what version it is. */
    private static final String SERVER = """
            import socket, threading

            server = socket.create_server(("0.0.0.0", 8000))

            def serve():
                while True:
                    client, _ = server.accept()
                    with client:
                        client.sendall(b"version %s")

            threading.Thread(target=serve, daemon=True).start()

            def handler(event, context):
                return event
            """;

    @Test
    public void fiftyComeAndGo() throws Exception {
        Map<String, Set<String>> before = engine();
        Path root = Folders.make("md");
        try (ContainedGateway gateway = new ContainedGateway(root, ENGINE)) {
            gateway.start();
            List<String> workloads = new ArrayList<>();
            long[] millis = new long[3];
            Map<String, List<String>> first = Map.of();
            Map<String, Set<String>> images = Map.of();
            for (int version = 1; version <= 2; version++) {
                gateway.script("f" + version + ".zip", "index.py", VERSIONED.formatted(version));
                String document = many(version, CONTAINERS, workloads);
                long begun = System.nanoTime();
                gateway.apply(document);
                millis[version - 1] = (System.nanoTime() - begun) / 1_000_000;
                gateway.awaitJust(workloads);
                for (int i = 0; i < CONTAINERS; i++) {
                    assertThat(gateway.call("f" + i, "")).isEqualTo("version " + version);
                }
                if (version == 1) {
                    first = gateway.containers();
                    images = engine();
                }
            }
            assertThat(gateway.containers().values()).doesNotContainAnyElementsOf(first.values());
            assertThat(engine().get("images")).as("images after the swap").isEqualTo(images.get("images"));
            long begun = System.nanoTime();
            gateway.apply("instance: none\n");
            millis[2] = (System.nanoTime() - begun) / 1_000_000;
            gateway.awaitNothingLeft();
            gateway.stop();
            Map<String, Set<String>> after = engine();
            assertThat(after.get("networks")).isEqualTo(before.get("networks"));
            assertThat(after.get("volumes")).isEqualTo(before.get("volumes"));
            System.out.printf(
                    "ContainerChurnIT: containers: %d started in %d ms, swapped in %d ms, removed in %d ms, left: containers 0, folders 0, networks 0, volumes 0, images %d (one of the language)%n",
                    CONTAINERS,
                    millis[0],
                    millis[1],
                    millis[2],
                    after.get("images").size() - before.get("images").size());
        }
    }

    private static String many(int version, int count, List<String> workloads) {
        workloads.clear();
        StringBuilder document = new StringBuilder("instance: churn\nfunctions:\n");
        for (int i = 0; i < count; i++) {
            document.append(
                    "  - {name: f%d, file: f%d.zip, language: python, isolation: container, mode: continuous, memory: 64MB}%n"
                            .formatted(i, version));
            workloads.add("function:f" + i);
        }
        return document.toString();
    }

    /** What the engine has, but for containers. */
    private static Map<String, Set<String>> engine() throws Exception {
        Map<String, Set<String>> all = new TreeMap<>();
        all.put("images", ids("/images/json"));
        all.put("networks", ids("/networks"));
        all.put("volumes", ids("/volumes"));
        return all;
    }

    private static Set<String> ids(String path) throws Exception {
        Set<String> ids = new TreeSet<>();
        Matcher matcher = LISTS.matcher(TestEngine.curl("GET", path).text());
        while (matcher.find()) {
            ids.add(matcher.group());
        }
        return ids;
    }

    @Test
    public void aHostPortIsHandedOver() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (ContainedGateway gateway = new ContainedGateway(Folders.make("me"), ENGINE)) {
            gateway.start();
            gateway.script("server-0.zip", "index.py", SERVER.formatted(0));
            gateway.apply(server(port, 0));
            Await.until("it answers on its port", SOON, () -> version(port).equals("version 0"));
            List<Long> gaps = new ArrayList<>();
            for (int swap = 1; swap <= PORT_SWAPS; swap++) {
                gateway.script("server-" + swap + ".zip", "index.py", SERVER.formatted(swap));
                String document = gateway.document(server(port, swap));
                assertThat(gateway.margay()
                                .run("plan", "-f", document, "--json")
                                .out()
                                .toLowerCase(Locale.ROOT))
                        .contains("exclusive");
                gaps.add(swap(gateway, document, port, "version " + swap));
            }
            gateway.stop();
            gateway.awaitNothingLeft();
            System.out.printf(
                    "ContainerChurnIT: swaps with a mapped host port: %d, each planned as exclusive, gap of the port: %s ms%n",
                    PORT_SWAPS, gaps);
        }
    }

    private static String server(int port, int version) {
        return """
                instance: server
                functions:
                  - name: server
                    file: server-%d.zip
                    language: python
                    isolation: container
                    mode: continuous
                    container: {ports: [{container: 8000, host: %d, protocol: tcp}]}
                """.formatted(version, port);
    }

    /**
     * The host asks for the address of a container whose port it forwards before it is on the network, and again after a second
     * only: so each tells its address itself.
     */
    @Test
    public void whoHasAHostPortTellsItsAddress() throws Exception {
        Compiler.need();
        int[] ports = HostPorts.free(4, 0);
        Path root = Folders.make("mf");
        WorkloadFiles.bundle(root, "conform", 0);
        Compiler.zip(
                root.resolve("c.zip"), Files.readAllBytes(Compiler.compile(root, "echoing", LimitedFunctions.C)), "1");
        try (DatagramSocket heard = new DatagramSocket(DISCARD);
                ContainedGateway gateway = new ContainedGateway(root, ENGINE)) {
            gateway.start();
            gateway.script("py.zip", "index.py", VERSIONED.formatted(1));
            gateway.script("node.zip", "index.js", LimitedFunctions.NODE);
            gateway.apply("instance: ports\nfunctions:\n"
                    + one("python", "py.zip", "language: python", ports[0])
                    + one("node", "node.zip", "language: nodejs", ports[1])
                    + one("java", "conform-0.jar", "language: java", ports[2])
                    + one(
                            "c",
                            "c.zip",
                            "language: c, architecture: "
                                    + Compiler.architecture().word(),
                            ports[3]));
            Set<String> wanted = new TreeSet<>();
            for (List<String> ids : gateway.containers().values()) {
                Map<?, ?> network = (Map<?, ?>) ENGINE.inspect(ids.get(0)).get("NetworkSettings");
                ((Map<?, ?>) network.get("Networks"))
                        .values()
                        .forEach(each -> wanted.add(String.valueOf(((Map<?, ?>) each).get("IPAddress"))));
            }
            assertThat(wanted).hasSize(4);
            Set<String> from = new TreeSet<>();
            heard.setSoTimeout((int) SOON.toMillis());
            while (!from.containsAll(wanted)) {
                DatagramPacket packet = new DatagramPacket(new byte[16], 16);
                heard.receive(packet);
                from.add(packet.getAddress().getHostAddress());
            }
            gateway.stop();
            gateway.awaitNothingLeft();
        }
    }

    @Test
    public void anImageThatSomebodyRemovesIsMadeAgain() throws Exception {
        try (ContainedGateway gateway = new ContainedGateway(Folders.make("mi"), ENGINE)) {
            gateway.start();
            List<String> workloads = new ArrayList<>();
            for (int version = 1; version <= 2; version++) {
                gateway.script("f" + version + ".zip", "index.py", VERSIONED.formatted(version));
                gateway.apply(many(version, 1, workloads));
                assertThat(gateway.call("f0", "")).isEqualTo("version " + version);
                gateway.apply("instance: none\n");
                gateway.awaitNothingLeft();
                ContainerLook.removeImages(ENGINE);
            }
            gateway.stop();
        }
    }

    private static String one(String name, String file, String language, int port) {
        return "  - {name: %s, file: %s, %s, isolation: container, mode: continuous, container: {ports: [{container: 8000, host: %d, protocol: tcp}]}}%n"
                .formatted(name, file, language, port);
    }

    /** @return the longest time without an answer, in milliseconds */
    private static long swap(ContainedGateway gateway, String document, int port, String wanted) throws Exception {
        AtomicBoolean asking = new AtomicBoolean(true);
        long[] longest = new long[1];
        Thread client = new Thread(
                () -> {
                    long last = System.nanoTime();
                    String said = "";
                    while (asking.get() && !said.equals(wanted)) {
                        said = version(port);
                        if (!said.isEmpty()) {
                            long now = System.nanoTime();
                            longest[0] = Math.max(longest[0], now - last);
                            last = now;
                        }
                        LockSupport.parkNanos(2_000_000);
                    }
                },
                "client");
        client.start();
        try {
            gateway.margay().run("apply", "-f", document).expect(0);
            Await.until("the new one answers", SOON, () -> !client.isAlive());
        } finally {
            asking.set(false);
            client.join();
        }
        return longest[0] / 1_000_000;
    }

    /** Empty where nobody answers. */
    private static String version(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE);
            socket.setSoTimeout(PATIENCE);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
