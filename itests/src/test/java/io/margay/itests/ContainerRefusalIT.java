package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** What a container can't or may not have is refused by the plan, before anything is started. */
public class ContainerRefusalIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final TestEngine ENGINE = new TestEngine();

    @ClassRule
    public static final RuleChain RULES =
            RuleChain.outerRule(new LeakGuard()).around(ENGINE).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            ContainerRefusalIT.class, "what the host does not have or give in containers is refused by the plan");

    private static Margay margay;
    private static Path folder;

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        folder = FOLDER.newFolder("refused").toPath();
        ContainerFunctions.python(folder);
        margay.startGateway(Map.of(), "--set", TestEngine.setting());
    }

    @AfterClass
    public static void end() throws Exception {
        if (margay != null) {
            margay.close();
        }
        assertThat(ENGINE.left()).isEmpty();
    }

    @Test
    public void thePlanTellsWhatThisHostDoesNotHaveOrGive() throws Exception {
        try (ServerSocket tcp = new ServerSocket(0);
                DatagramSocket udp = new DatagramSocket()) {
            Path document = ContainerFunctions.one(folder, "auto", """
                    ports: [{container: 80, host: %d, protocol: tcp}, {container: 80, host: %d, protocol: udp}],
                    devices: [{path: /dev/ttyNONE7, access: rw}],
                    volumes: [{host: /none/there, container: /a, access: ro},
                              {host: "%s", container: /b, access: ro}, {host: "%s", container: /c, access: rw}]
                    """.replace("\n", " ")
                    .formatted(tcp.getLocalPort(), udp.getLocalPort(), margay.home(), TestEngine.socket()));
            String container = "functions[0].container.";
            for (String command : List.of("plan", "apply")) {
                assertThat(margay.run(command, "-f", document.toString())
                                .expect(2)
                                .err())
                        .contains(
                                container + "ports[0].host: host port " + tcp.getLocalPort()
                                        + "/tcp is in use on this host",
                                container + "ports[1].host: host port " + udp.getLocalPort()
                                        + "/udp is in use on this host",
                                container + "devices[0].path: this host has no device /dev/ttyNONE7",
                                container + "volumes[0].host: there is no file or folder /none/there",
                                container + "volumes[1].host: " + margay.home()
                                        + " would give the container what is in the gateway's home",
                                container + "volumes[2].host: " + TestEngine.socket()
                                        + " would give the container an engine's socket");
            }
        }
    }

    @Test
    public void whatTheGatewayDoesNotAllowIsRefused() throws Exception {
        for (String setting : List.of("privileged: true", "devices: [{path: /dev/fuse, access: ro}]")) {
            String key = setting.substring(0, setting.indexOf(':'));
            Path document = ContainerFunctions.one(folder, "auto", setting);
            assertThat(margay.run("plan", "-f", document.toString()).expect(2).err())
                    .contains("functions[0].container." + key + ": this gateway allows no ")
                    .contains("allows it with margay.container." + key + "=allow");
        }
    }

    @Test
    public void aSettingThatCanNotBeIsSaidWhereverContainersAre() throws Exception {
        try (Margay wrong = new Margay(FOLDER.newFolder("wrong").toPath())) {
            wrong.startGateway(Map.of(), "--set", TestEngine.setting(), "--set", "margay.container.user=operator");
            String why = "margay.container.user is 'operator'; possible: two numbers, uid:gid, such as 1000:1000";
            Path document = ContainerFunctions.one(folder, "container", "hostNetwork: true");
            assertThat(wrong.run("plan", "-f", document.toString()).expect(2).err())
                    .contains("functions[0].isolation: the container engine can't be used (" + why);
            assertThat(wrong.run("status").expect(0).out()).contains(why);
            wrong.run("stop").expect(0);
        }
    }

    @Test
    public void withoutAnEngineAutoIsAProcess() throws Exception {
        try (Margay without = new Margay(FOLDER.newFolder("without").toPath())) {
            LimitedGateway alone = new LimitedGateway(without, without.startGateway());
            String volume = "volumes: [{host: \"" + folder + "\", container: /data, access: ro}]";
            Path document = ContainerFunctions.one(folder, "container", volume);
            assertThat(without.run("plan", "-f", document.toString()).expect(2).err())
                    .contains(
                            "functions[0].isolation: this gateway has no container engine",
                            "margay.container.engine is off");
            document = ContainerFunctions.one(folder, "auto", volume);
            assertThat(without.run("apply", "-f", document.toString()).expect(0).out())
                    .contains("runs in a process, as this gateway has no container engine")
                    .contains("settings that do not apply there: container (volumes)");
            assertThat(alone.call("one", "6 * 7", "60s").text()).contains("42");
            assertThat(alone.workload("function:one").get("isolation")).isEqualTo("process");
            without.run("stop").expect(0);
        }
    }
}
