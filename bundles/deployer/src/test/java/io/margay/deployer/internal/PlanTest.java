package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.deployer.Plan;
import io.margay.deployer.Plan.How;
import io.margay.deployer.Plan.Restart;
import io.margay.deployer.Plan.Severity;
import io.margay.deployer.PlanChangedException;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.WorkloadId;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a plan says besides its steps, and that just what was planned is done. */
class PlanTest extends GatewayTest {
    private static final String CONTAINER =
            "language: java, isolation: container, container: {ports: [{container: 80, host: 8080, protocol: tcp}"
                    + ", {container: 53, host: 53, protocol: udp}], devices: [{path: /dev/no-such, access: rw}]"
                    + ", volumes: [{host: /no/such, container: /data, access: ro}, {host: /, container: /host, access: ro}]}";

    private static final String NO_ENGINE = "this gateway has no container engine (the gateway was started without its"
            + " bundle container); use isolation auto";

    private Plan plan(String document) throws Exception {
        return gateway.deployer().plan(gateway.read(document));
    }

    private static List<String> findings(Plan plan) {
        return plan.findings().stream()
                .map(f -> f.severity() + " " + f.resource() + " | " + f.fault())
                .toList();
    }

    @Test
    void tellsAllThatStandsAgainstItAtOnce() throws Exception {
        gateway.apply(BASE);
        gateway.listening.put("53/udp", "127.0.0.53:53");
        gateway.listening.put("8080/udp", "0.0.0.0:8080");
        Plan plan = plan(
                BASE.replace("language: java", CONTAINER)
                        .replace(
                                "language: python",
                                "language: python, isolation: container, container: {ports: [{container: 1, host: 8080, protocol: tcp}]}"));
        assertThat(findings(plan))
                .containsExactly(
                        "ERROR function f | functions[0].isolation: " + NO_ENGINE,
                        "ERROR driver d | drivers[0].isolation: " + NO_ENGINE,
                        "ERROR driver d | drivers[0].container.ports[0].host: host port 8080/tcp is that of function f too;"
                                + " give one of the two another port",
                        "ERROR driver d | drivers[0].container.ports[1].host: host port 53/udp is in use on this host"
                                + " (127.0.0.53:53); choose another one, or stop what listens there",
                        "ERROR driver d | drivers[0].container.devices[0].path: this host has no device /dev/no-such; is it"
                                + " plugged in, and is that its path?",
                        "ERROR driver d | drivers[0].container.volumes[0].host: there is no file or folder /no/such on this"
                                + " host; make it first");
        assertThat(plan.steps()).as("what would happen is told all the same").hasSize(2);
    }

    @Test
    void aPortThatAWorkloadOfOursHoldsIsNoClash() throws Exception {
        EdgeInstance mapped = gateway.read(BASE.replace(
                "language: java", "language: java, container: {ports: [{container: 80, host: 8080, protocol: tcp}]}"));
        Map<WorkloadId, Parts> workloads = Parts.of(mapped, parts -> Isolation.CONTAINER);
        Collection<Parts> ours = workloads.values();
        Host host = new Host(() -> Map.of("8080/tcp", "0.0.0.0:8080"), () -> 0, () -> 0);
        assertThat(HostFindings.of(host, ours, ours, workloads.keySet())).isEmpty();
        assertThat(HostFindings.of(host, List.of(), ours, workloads.keySet())).hasSize(1);
    }

    @Test
    void findsThePortsThatAreInUse() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(new ListeningPorts(Path.of("/proc/net")).inUse())
                    .containsEntry(socket.getLocalPort() + "/tcp", "127.0.0.1:" + socket.getLocalPort());
        }
        Path net = Files.createDirectories(home.resolve("net"));
        Files.writeString(net.resolve("udp6"), """
                  sl  local_address                         remote_address                        st tx_queue
                   0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000
                   1: 00000000000000000000000001000000:0036 00000000000000000000000001000000:0035 01 00000000:00000000
                """);
        assertThat(new ListeningPorts(net).inUse()).isEqualTo(Map.of("53/udp", "[0:0:0:0:0:0:0:1]:53"));
        assertThat(new ListeningPorts(home.resolve("none")).inUse()).isEmpty();
    }

    @Test
    void refusesWhatDoesNotFitOnTheDisk() throws Exception {
        gateway.apply(BASE);
        byte[] zip = Jars.zip("index.py", "#".repeat(2_000_000));
        gateway.upload("large.zip", zip);
        EdgeInstance wanted = gateway.read(BASE.replace("f.zip", "large.zip"));
        gateway.freeBytes = 2_000_000;
        Plan fits = gateway.deployer().plan(wanted);
        assertThat(fits.findings()).isEmpty();
        assertThat(fits.needs().diskBytes()).isEqualTo(2_000_000);
        assertThat(fits.needs().diskFreeBytes()).isEqualTo(2_000_000);
        gateway.freeBytes = 1_999_999;
        assertThat(findings(gateway.deployer().plan(wanted)))
                .containsExactly(
                        "ERROR  | what is new needs 1.9 MB on disk, and 1.9 MB are free for the gateway's home;"
                                + " make room first");
        assertThatThrownBy(() -> gateway.deployer().apply(wanted))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("on disk");
        assertThat(gateway.deployer().current()).isEqualTo(gateway.read(BASE));
        gateway.freeBytes = 2_000_000;
        gateway.deployer().apply(wanted);
        assertThat(plan(BASE).needs().diskBytes())
                .as("the first one's folder is gone")
                .isPositive();
        assertThat(gateway.deployer().plan(wanted).needs().diskBytes()).isZero();
    }

    @Test
    void warnsOfMemoryAndDeploysAllTheSame() throws Exception {
        gateway.apply(BASE);
        gateway.memoryMegabytes = 1024;
        assertThat(plan(BASE).needs().memoryMegabytes())
                .as("the driver is in the JVM")
                .isEqualTo(512);
        Plan swap = plan(BASE.replace("f.zip", "f2.zip"));
        assertThat(swap.needs().memoryMegabytes()).as("two at once").isEqualTo(1024);
        assertThat(swap.findings()).isEmpty();
        Plan three = plan(BASE.replace("language: python", "language: python, instances: 3"));
        assertThat(three.findings()).extracting(Plan.Finding::severity).containsExactly(Severity.WARNING);
        assertThat(findings(three))
                .containsExactly(
                        "WARNING  | what runs outside the gateway's JVM may take 1536 MB by its limits or the"
                                + " default ones, and this machine has 1024 MB; give workloads a lower limit, or fewer instances");
        String java = BASE.replace("file: f.zip, language: python", "file: d.jar, language: java");
        assertThat(plan(java).needs().memoryMegabytes())
                .as("the one that is replaced")
                .isEqualTo(512);
        assertThat(plan(BASE.replace("file: f.zip, language: python", "file: d.jar, language: java, memory: 256MB"))
                        .needs()
                        .memoryMegabytes())
                .as("a limit moves it out of the JVM")
                .isEqualTo(512 + 256);
        gateway.apply(BASE.replace("language: python", "language: python, instances: 3"));
    }

    @Test
    void showsWhenNewTimersFireAndWhatElseMayBeMeant() throws Exception {
        String timers = "language: python, timers: [{name: half, cron: \"30 * * * *\", zone: Asia/Kathmandu}, "
                + "{name: daily, cron: \"0 8 * * *\"}]";
        Plan plan = plan(BASE.replace("language: python", timers));
        assertThat(plan.timers())
                .extracting(f -> f.function() + "/" + f.timer().name())
                .containsExactly("f/half", "f/daily");
        assertThat(plan.timers().get(0).next()).hasSize(5).allSatisfy(next -> {
            assertThat(next.getMinute()).isEqualTo(30);
            assertThat(next.getOffset().toString()).isEqualTo("+05:45");
        });
        assertThat(findings(plan))
                .singleElement()
                .asString()
                .startsWith("ADVICE timer f/half |")
                .contains("did you mean '*/30 * * * *'");
        assertThat(plan.errors()).isEmpty();
        assertThat(plan(BASE.replace("language: python", timers)).id())
                .as("whenever it is made")
                .isEqualTo(plan.id());
        gateway.apply(BASE.replace("language: python", timers));
        assertThat(plan(BASE.replace("language: python", timers)).timers())
                .as("not new any more")
                .isEmpty();
        Plan one = plan(BASE.replace("language: python", timers.replace("0 8 * * *", "0 8 31 2 *")));
        assertThat(one.timers()).as("it never fires").isEmpty();
        assertThat(one.errors()).hasSize(1);
    }

    @Test
    void namesWhatDoesNotGoOnAndTheGap() throws Exception {
        gateway.apply(BASE);
        assertThat(plan(BASE.replace("d.jar", "d2.jar")).restarts())
                .containsExactly(new Restart("driver", "d", How.OVERLAP, 0));
        assertThat(plan(BASE.replace("d.jar, language", "d2.jar, handover: exclusive, language"))
                        .restarts())
                .containsExactly(new Restart("driver", "d", How.EXCLUSIVE, 45_000));
        assertThat(plan(BASE.replace("language: python", "language: python, environment: {A: b}"))
                        .restarts())
                .containsExactly(new Restart("function", "f", How.RESTART, 36_000));
        assertThat(plan(BASE.replace("port: \"1\"", "port: \"2\"")).restarts()).isEmpty();
    }

    @Test
    void doesExactlyWhatWasPlannedOrNothing() throws Exception {
        gateway.apply(BASE);
        EdgeInstance wanted = gateway.read(BASE.replace("d.jar", "d2.jar"));
        String id = gateway.deployer().plan(wanted).id();
        assertThat(id).matches("[0-9a-f]{16}");
        assertThat(gateway.deployer().plan(wanted).id()).isEqualTo(id);
        EdgeInstance other = gateway.read(BASE.replace("name: r,", "name: s,"));
        assertThatThrownBy(() -> gateway.deployer().apply(other, id)).isInstanceOf(PlanChangedException.class);

        gateway.apply(BASE.replace("name: r,", "name: r, queue: 5,"));
        EdgeInstance current = gateway.deployer().current();
        String now = gateway.deployer().plan(wanted).id();
        assertThatThrownBy(() -> gateway.deployer().apply(wanted, id))
                .isInstanceOfSatisfying(
                        PlanChangedException.class, e -> assertThat(e.now()).isEqualTo(now))
                .hasMessageContainingAll(id, now, "Nothing was changed");
        assertThat(gateway.deployer().current()).isEqualTo(current);
        assertThat(gateway.deployer().apply(wanted, now).id()).isEqualTo(now);
        assertThat(gateway.deployer().current()).isEqualTo(wanted);
    }

    @Test
    void aPlanHoldsOverARestart() throws Exception {
        String noted = BASE.replace("{port: \"1\"}", "{port: {value: \"1\", note: upper}}");
        gateway.apply(noted);
        EdgeInstance wanted = gateway.read(noted.replace("d.jar", "d2.jar"));
        String id = gateway.deployer().plan(wanted).id();
        gateway.restart();
        assertThat(gateway.deployer().apply(wanted, id).steps()).hasSize(1);
    }
}
