package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.LimitedGateway.Call;
import io.margay.spi.Json;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/**
 * What functions in Python see from inside the containers of a real engine: what their settings say, and nothing else. A class
 * below starts the gateway, on any kernel.
 */
public abstract class ContainersFromInside {
    static final TemporaryFolder FOLDER = new TemporaryFolder();
    static final TestEngine ENGINE = new TestEngine();
    static final Duration SOON = Duration.ofSeconds(60);
    private static final String NO_CAPABILITIES = "0000000000000000";
    /** All that Docker 20.10 knows; newer kernels have more. */
    private static final String ENGINES_CAPABILITIES = "0000003fffffffff";

    @ClassRule
    public static final RuleChain RULES =
            RuleChain.outerRule(new LeakGuard()).around(ENGINE).around(FOLDER);

    static Margay margay;
    static LimitedGateway gateway;
    static Rest rest;
    private static String name;
    private static Path folder;
    private static Path in;
    private static Path out;
    private static int[] ports;
    private static String applied;
    private static int kinds;
    private static int settings;

    /** @param more of the document, see {@link ContainerFunctions#make} */
    static void begin(Class<?> test, String... more) throws Exception {
        name = test.getSimpleName();
        margay = new Margay(FOLDER.getRoot().toPath());
        folder = FOLDER.newFolder("inside").toPath();
        in = FOLDER.newFolder("in").toPath();
        out = FOLDER.newFolder("out").toPath();
        Files.writeString(in.resolve("given"), "from the host");
        // What runs in a container is another user than the gateway.
        Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwxrwxrwx"));
        ports = HostPorts.free(9, 1);
        Path document = ContainerFunctions.make(folder, in, out, ports, more);
        String[] options = {
            "--set", TestEngine.setting(),
            "--set", "margay.container.privileged=allow",
            "--set", "margay.container.devices=allow"
        };
        Margay.Gateway started = margay.startGateway(Map.of(), options);
        gateway = new LimitedGateway(margay, started);
        rest = new Rest(margay, started);
        Await.until("the gateway has found the engine", SOON, () -> rest.engineState()
                .equals("ready"));
        applied = margay.run("apply", "-f", document.toString()).expect(0).out();
    }

    @AfterClass
    public static void end() throws Exception {
        if (margay == null) {
            return;
        }
        try (Margay ending = margay) {
            if (applied != null) {
                leaveNothing(ending);
            }
        }
        System.out.println(name + ": " + kinds + " languages and kinds in containers, " + settings
                + " settings read back from inside, nothing left");
    }

    private static void leaveNothing(Margay ending) throws Exception {
        List<Path> sockets = new ArrayList<>();
        for (Map<String, Object> each : ENGINE.containers()) {
            sockets.add(ContainerLook.socketFolder(ENGINE.inspect((String) each.get("Id"))));
        }
        assertThat(sockets)
                .as("those of containers that run")
                .hasSizeGreaterThan(3)
                .allMatch(Files::isDirectory);
        ending.run("apply", "-f", ContainerFunctions.none(folder).toString()).expect(0);
        Await.until("no container is left", SOON, () -> ENGINE.left().isEmpty());
        Await.until(
                "no socket is left: " + sockets, SOON, () -> sockets.stream().noneMatch(Files::exists));
        ending.run("stop").expect(0);
        ContainerLook.removeImages(ENGINE);
    }

    /** What a function says to an expression in Python. */
    static Object inside(String function, String expression) throws Exception {
        Call call = gateway.call(function, expression, "60s");
        assertThat(call.status()).as(expression + ": " + call.text()).isEqualTo(200);
        settings++;
        return Json.readObject(call.text().getBytes(StandardCharsets.UTF_8)).get("it");
    }

    private static List<String> texts(String function, String expression) throws Exception {
        return ((List<?>) inside(function, expression))
                .stream().map(each -> (String) each).toList();
    }

    /** As the engine tells it, which must be the only container of this workload. */
    private static Map<String, Object> container(String workload) throws Exception {
        List<Map<String, Object>> all = ContainerLook.of(ENGINE, workload);
        assertThat(all).as("containers of " + workload).hasSize(1);
        return all.get(0);
    }

    static void assertInContainer(String workload) throws Exception {
        assertThat(gateway.workload(workload).get("isolation")).isEqualTo("container");
        Map<?, ?> state = (Map<?, ?>) container(workload).get("State");
        assertThat(gateway.processes(workload)).containsExactly(((Number) state.get("Pid")).longValue());
        kinds++;
    }

    static Object value(String device, String name) throws Exception {
        Map<?, ?> values = (Map<?, ?>)
                rest.get("/api/v1/devices/room/" + device).expectGood().json().get("values");
        Map<?, ?> value = (Map<?, ?>) values.get(name);
        return value == null ? null : value.get("value");
    }

    @Test
    public void aFunctionAndADriverRunInContainers() throws Exception {
        assertThat(inside("plain", "6 * 7")).isEqualTo(42);
        assertInContainer("function:plain");
        Await.until("it has reported", SOON, () -> value("room-1", "user") != null);
        assertThat(value("room-1", "user")).isEqualTo(inside("plain", "os.getuid()"));
        assertThat(gateway.read("room/room-1")).containsEntry("user", inside("plain", "os.getuid()"));
        assertInContainer("driver:python_driver");
    }

    @Test
    public void nothingIsAllowedThatNobodyAskedFor() throws Exception {
        assertThat(texts("plain", "status('Uid') + status('Gid')")).doesNotContain("0");
        for (String set : List.of("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd")) {
            assertThat(inside("plain", "status('" + set + "')")).as(set).isEqualTo(List.of(NO_CAPABILITIES));
        }
        assertThat(inside("plain", "status('NoNewPrivs')")).isEqualTo(List.of("1"));
        assertThat(inside("plain", "status('Seccomp')")).as("a filter").isEqualTo(List.of("2"));
        assertThat(inside("plain", "tried(write, '/x')")).isIn("EROFS", "EACCES");
        assertThat(inside("plain", "bool(os.statvfs('/').f_flag & os.ST_RDONLY)"))
                .isEqualTo(true);
        assertThat(inside("plain", "tried(write, '/tmp/x')")).isEqualTo("done");
        assertThat(inside("plain", "limit('pids/pids.max', 'pids.max')")).isEqualTo(512);
        assertThat((Integer) inside("plain", "threads()")).isBetween(100, 511);
        assertThat(inside("plain", "limit('memory/memory.limit_in_bytes', 'memory.max')"))
                .isEqualTo(512 * 1024 * 1024);
        assertThat(inside("plain", "sockets()")).as("its own alone").isEqualTo(List.of("/run/margay/s"));
        assertThat(inside("plain", "[name for _, name in socket.if_nameindex() if name.startswith('eth')]"))
                .isEqualTo(List.of("eth0"));
        assertThat(ContainerLook.memory(container("function:plain"))).isEqualTo(512);
        assertThat(ContainerLook.memory(container("driver:python_driver"))).isEqualTo(1024);
    }

    @Test
    public void portsAreReachedFromTheHost() throws Exception {
        for (int i = 0; i < 9; i++) {
            URI uri = URI.create("http://127.0.0.1:" + ports[i] + "/");
            Await.until("a page at " + uri, SOON, () -> !HostPorts.page(uri).isEmpty());
            assertThat(HostPorts.page(uri)).isEqualTo("page of port " + (8000 + i));
            settings++;
        }
        Await.until("an answer to a datagram", SOON, () -> HostPorts.ask(ports[9], "say")
                .equals("SAY"));
        settings++;
        gateway.await("function:web", status -> status.get("isolation").equals("container"));
    }

    @Test
    public void theHostsNetworkIsThatOfTheHost() throws Exception {
        List<String> own = NetworkInterface.networkInterfaces()
                .map(NetworkInterface::getName)
                .toList();
        assertThat(texts("host", "[name for _, name in socket.if_nameindex()]"))
                .contains("lo")
                .hasSizeGreaterThanOrEqualTo(own.size())
                .anyMatch(name -> !name.equals("lo") && own.contains(name));
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String connect = "tried(connect, " + listening.getLocalPort() + ")";
            assertThat(inside("host", connect)).isEqualTo("done");
            assertThat(inside("plain", connect)).isEqualTo("ECONNREFUSED");
        }
    }

    @Test
    public void devicesAreThoseThatAreMapped() throws Exception {
        assertThat(inside("mapped", "tried(opened, '/dev/net/tun', os.O_RDWR)")).isEqualTo("done");
        assertThat(inside("mapped", "tried(opened, '/dev/fuse', os.O_RDONLY)")).isEqualTo("done");
        assertThat(inside("mapped", "tried(opened, '/dev/fuse', os.O_RDWR)")).isEqualTo("EPERM");
        assertThat(inside("plain", "[each for each in ('/dev/net/tun', '/dev/fuse') if os.path.exists(each)]"))
                .isEqualTo(List.of());
        assertThat(inside("mapped", "[each for each in ('/dev/kmsg', '/dev/tty0') if os.path.exists(each)]"))
                .isEqualTo(List.of());
        assertThat(inside("mapped", "status('CapEff')")).isEqualTo(List.of(NO_CAPABILITIES));
        assertThat(applied).contains("this container has /dev/net/tun, /dev/fuse of this host");
    }

    @Test
    public void privilegedIsRootOfTheHostAndSaysSo() throws Exception {
        String warning = "root in this container is root on this host";
        assertThat(applied).contains(warning);
        assertThat(margay.run("deployment", "log", "1").expect(0).out()).contains(warning);
        if (!ContainerLook.hasAllCapabilities() && !TestEngine.isPodman()) {
            // Then an older Docker can't give them either, and gives none: what it says must come through. A later one
            // gives
            // those that there are.
            Call call = gateway.call("root", "status('Uid')", "60s");
            if (call.status() != 200) {
                assertThat(call.status()).as(call.text()).isEqualTo(503);
                assertThat(call.text()).contains("its container can't be started", "unable to apply caps");
                System.out.println(name + ": privileged mode is not seen from inside: this machine forbids it");
                return;
            }
        }
        assertThat(inside("root", "status('Uid')")).isEqualTo(List.of("0", "0", "0", "0"));
        assertThat(texts("root", "status('CapEff')").get(0))
                .isIn(ContainerLook.hostStatus("CapBnd"), ENGINES_CAPABILITIES);
        assertThat(texts("root", "os.listdir('/dev')")).containsAll(ContainerLook.hostDevices());
        assertThat(inside("root", "tried(opened, '/dev/kmsg', os.O_RDONLY)")).isEqualTo("done");
    }

    @Test
    public void volumesAreReadAndWritten() throws Exception {
        assertThat(inside("mapped", "read('/data/in/given')")).isEqualTo("from the host");
        assertThat(inside("mapped", "tried(write, '/data/in/given')")).isEqualTo("EROFS");
        assertThat(inside("mapped", "tried(write, '/data/out/made', 'from inside')"))
                .isEqualTo("done");
        assertThat(out.resolve("made")).hasContent("from inside");
        Files.writeString(out.resolve("later"), "at once");
        assertThat(inside("mapped", "read('/data/out/later')")).isEqualTo("at once");
        assertThat(inside("plain", "os.path.exists('/data')")).isEqualTo(false);
    }

    @Test
    public void whatTakesTooMuchMemoryIsRestarted() throws Exception {
        assertThat(inside("hog", "limit('memory/memory.limit_in_bytes', 'memory.max')"))
                .isEqualTo(64 * 1024 * 1024);
        List<Long> before = gateway.processes("function:hog");
        Call call = gateway.call("hog", "leak()", "60s");
        assertThat(call.status()).as(call.text()).isEqualTo(503);
        assertThat(call.retryAfter()).as("it may be sent again").isEqualTo("1");
        String words = "out of memory at 64 MB (exit code 137)";
        assertThat(call.text()).contains(words);
        gateway.awaitLog("function:hog", "instance ended: " + words);
        assertThat(inside("hog", "'again'")).isEqualTo("again");
        assertThat(gateway.workload("function:hog").get("lastFailure")).isEqualTo(words);
        assertThat(gateway.workload("function:hog").get("restarts")).isEqualTo(1);
        assertThat(gateway.processes("function:hog")).hasSize(1).doesNotContainAnyElementsOf(before);
    }

    @Test
    public void secretsAreSeenByTheCodeAlone() throws Exception {
        assertThat(inside("mapped", "os.environ['TOKEN']")).isEqualTo("kuckucksei");
        assertThat(inside("mapped", "os.environ['OPEN']")).isEqualTo("seen by all");
        String all = Json.text(container("function:mapped"));
        assertThat(all).contains("OPEN=seen by all").doesNotContain("kuckucksei");
        assertThat(inside("mapped", "say(os.environ['TOKEN'])")).isNull();
        gateway.awaitLog("function:mapped", "complained ***");
    }

    /** A function's container and a driver's at a time, as it takes three periods until either is ended. */
    @Test
    public void whatHangsIsStartedAgain() throws Exception {
        List<String> both = List.of("function:hangs", "driver:python_driver");
        assertThat(inside("hangs", "'well'")).isEqualTo("well");
        List<Long> before = new ArrayList<>();
        for (String each : both) {
            before.addAll(gateway.processes(each));
        }
        assertThat(before).hasSize(2);
        for (long process : before) {
            new ProcessBuilder("kill", "-STOP", Long.toString(process)).start().waitFor();
        }
        for (String each : both) {
            Await.until(each + " is ended and back", SOON, () -> {
                Map<?, ?> status = gateway.workload(each);
                return "unhealthy: it did not answer for 30s".equals(status.get("lastFailure"))
                        && Integer.valueOf(1).equals(status.get("restarts"));
            });
        }
        assertThat(inside("hangs", "'again'")).isEqualTo("again");
        Await.until(
                "the driver has another container",
                SOON,
                () -> gateway.processes("driver:python_driver").size() == 1);
        for (String each : both) {
            assertThat(gateway.processes(each)).hasSize(1).doesNotContainAnyElementsOf(before);
        }
    }

    @Test
    public void whatItPrintsIsInItsLog() throws Exception {
        assertThat(inside("plain", "say('a line ' + 'of it')")).isNull();
        gateway.awaitLog("function:plain", "complained a line of it");
        gateway.awaitLog("function:plain", "printed a line of it");
        assertThat(margay.run("logs", "-n", "1000").expect(0).out())
                .containsPattern("(?i)info.*function:plain.* printed a line of it")
                .containsPattern("(?i)warn.*function:plain.* complained a line of it");
    }

    @Test
    public void anIdleOneIsFrozenUntilItIsCalled() throws Exception {
        Object first = inside("sleepy", "os.environ.setdefault('FIRST', str(os.times().elapsed))");
        gateway.awaitLog("function:sleepy", "froze an instance");
        long pid = gateway.processes("function:sleepy").get(0);
        Await.until("it is frozen", SOON, () -> ContainerLook.isFrozen(pid));
        assertThat(margay.run("health").out()).containsPattern("function:sleepy .* is frozen");
        assertThat(inside("sleepy", "os.environ['FIRST']")).as("the same one").isEqualTo(first);
        assertThat(gateway.processes("function:sleepy")).containsExactly(pid);
    }
}
