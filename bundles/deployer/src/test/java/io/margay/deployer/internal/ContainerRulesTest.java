package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.deployer.Plan.How;
import io.margay.deployer.Plan.Restart;
import io.margay.model.Handover;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.WorkerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a workload may have of the host in a container. */
class ContainerRulesTest extends GatewayTest {
    private static final String PYTHON = "language: python";
    private static final String PORTS = ", container: {ports: [{container: 80, host: 8080, protocol: tcp}]}";
    private static final String HOST_NETWORK = ", container: {hostNetwork: true}";
    private static final String PRIVILEGED = ", container: {privileged: true}";
    private static final String DEVICE = ", container: {devices: [{path: /dev/null, access: rw}]}";

    @BeforeEach
    void bringTheEngine() {
        gateway.engine.bindEngine(gateway.containers);
    }

    private static String function(String more) {
        return BASE.replace(PYTHON, PYTHON + more);
    }

    private static String volume(String host) {
        return function(", container: {volumes: [{host: " + host + ", container: /data, access: rw}]}");
    }

    @Test
    void privilegedAndDevicesNeedTheGatewaysConsent() throws Exception {
        assertThat(findings(function(PRIVILEGED)))
                .containsExactly(
                        "ERROR function f | functions[0].container.privileged: this gateway allows no privileged"
                                + " containers; who runs the gateway allows it with margay.container.privileged=allow");
        assertThat(findings(function(DEVICE)))
                .containsExactly(
                        "ERROR function f | functions[0].container.devices: this gateway allows no devices of the"
                                + " host in containers; who runs the gateway allows it with margay.container.devices=allow");
        gateway.containers.privileged = true;
        assertThat(findings(function(PRIVILEGED)))
                .containsExactly(
                        "WARNING function f | functions[0].container.privileged: root in this container is root on"
                                + " this host, and it has all devices");
        gateway.containers.devices = true;
        assertThat(findings(function(DEVICE)))
                .containsExactly(
                        "WARNING function f | functions[0].container.devices: this container has /dev/null of this"
                                + " host: root in it is root on this host as far as they go");
        gateway.apply(function(DEVICE));
        assertThat(gateway.deployer().deployment(1).orElseThrow().log())
                .anyMatch(line -> line.level().equals("warn")
                        && line.resource().equals("function f")
                        && line.message().contains("has /dev/null of this host"));
        assertThat(findings(function(DEVICE))).as("it does not change").isEmpty();
    }

    /** What was allowed once is not for ever. */
    @Test
    void aConsentThatWasTakenBackHoldsAtTheNextStart() throws Exception {
        gateway.containers.privileged = true;
        gateway.apply(function(PRIVILEGED));
        gateway.containers.privileged = false;
        gateway.restart();
        assertThat(status("function:f").status().state()).isEqualTo(State.BACKOFF);
        assertThat(status("function:f").status().reason()).contains("margay.container.privileged=allow");
    }

    @Test
    void whatIsReadAsTheProcessStartsIsNoSecret() throws Exception {
        for (String name : WorkerSpec.SEARCH_PATHS) {
            String secret = ", environment: {" + name + ": {secret: /own}}";
            assertThat(findings(function(secret)))
                    .containsExactly("ERROR function f | functions[0].environment." + name
                            + ": is read as the process starts, and in a container secrets come later; give it without"
                            + " secret, or use isolation process");
            assertThat(findings(function(secret + ", isolation: process"))).isEmpty();
            assertThat(findings(function(", environment: {" + name + ": /own}")))
                    .isEmpty();
        }
    }

    @Test
    void whatDoesNotRunInAContainerIsNotLookedAt() throws Exception {
        gateway.engine.unbindEngine(gateway.containers);
        gateway.listening.put("8080/tcp", "0.0.0.0:8080");
        for (String document : new String[] {function(PORTS), function(PRIVILEGED), volume("/")}) {
            assertThat(findings(document)).isEmpty();
        }
    }

    @Test
    void aHostPortIsHandedOver() throws Exception {
        gateway.apply(function(PORTS));
        assertThat(gateway.functions.specs.get("f").handover()).isEqualTo(Handover.EXCLUSIVE);
        gateway.listening.put("8080/tcp", "0.0.0.0:8080");
        var plan = gateway.deployer().plan(gateway.read(function(PORTS).replace("f.zip", "f2.zip")));
        assertThat(plan.restarts()).containsExactly(new Restart("function", "f", How.EXCLUSIVE, 36_000));
        String gap =
                "WARNING function f | functions[0].container.ports: host port 8080/tcp does not answer from the old"
                        + " one's end until the new one is up, for about half a second";
        assertThat(findings(function(PORTS).replace("f.zip", "f2.zip"))).containsExactly(gap);
        assertThat(findings(function(PORTS.replace("8080", "8081")).replace("f.zip", "f2.zip")))
                .as("another port")
                .isEmpty();
        assertThat(findings(function(PORTS + ", handover: overlap")))
                .containsExactly(
                        "ERROR function f | functions[0].handover: with overlap the old and the new one would both"
                                + " map host port 8080/tcp, which one alone can hold; use exclusive, or leave handover out");
        assertThat(findings(function(PORTS + ", handover: exclusive")))
                .as("nothing is handed over by that")
                .isEmpty();
        gateway.apply(function(HOST_NETWORK));
        assertThat(gateway.functions.specs.get("f").handover()).isEqualTo(Handover.EXCLUSIVE);
        gateway.apply(function(HOST_NETWORK + ", handover: overlap"));
        assertThat(gateway.functions.specs.get("f").handover())
                .as("who says so listens nowhere")
                .isEqualTo(Handover.OVERLAP);
    }

    @Test
    void theHeaderOfAPackageGivesWayToAHostPort() throws Exception {
        gateway.upload("over.jar", Jars.bundle("1", Map.of("Margay-Handover", "overlap")));
        gateway.apply(BASE.replace("d.jar, language: java", "over.jar, language: java" + PORTS));
        assertThat(gateway.drivers.specs.get("d").handover()).isEqualTo(Handover.EXCLUSIVE);
    }

    @Test
    void aHostPortIsForOneInstance() throws Exception {
        assertThat(findings(function(PORTS + ", instances: 2")))
                .containsExactly(
                        "ERROR function f | functions[0].instances: instances can't share host port 8080/tcp, which"
                                + " one alone can hold; use 1 instance with a higher concurrency, or leave out ports");
        assertThat(findings(function(HOST_NETWORK + ", instances: 2")))
                .containsExactly(
                        "ERROR function f | functions[0].instances: instances can't share the ports of the host's"
                                + " network, which one alone can hold; use 1 instance with a higher concurrency, or leave out"
                                + " hostNetwork");
        assertThat(findings(function(", instances: 2, container: {}"))).isEmpty();
    }

    @Test
    void aVolumeThatNoContainerMayHaveIsNamed() throws Exception {
        gateway.containers.refused.put("/run", "/run would give the container an engine's socket");
        assertThat(findings(volume("/run")))
                .containsExactly("ERROR function f | functions[0].container.volumes[0].host: /run would give the"
                        + " container an engine's socket");
    }

    /** A device that was unplugged must not keep people from deploying something else. */
    @Test
    void onlyWhatChangesIsLookedAt() throws Exception {
        Path folder = Files.createDirectories(home.resolveSibling(home.getFileName() + "-shared"));
        String shared = volume(folder.toString());
        gateway.apply(shared);
        Files.delete(folder);
        assertThat(findings(shared.replace("name: r,", "name: other,"))).isEmpty();
        assertThat(findings(shared.replace("f.zip", "f2.zip")))
                .containsExactly(
                        "ERROR function f | functions[0].container.volumes[0].host: there is no file or folder "
                                + folder + " on this host; make it first");
    }
}
