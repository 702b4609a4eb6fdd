package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.deployer.Plan;
import io.margay.deployer.Plan.Action;
import io.margay.model.EdgeInstance;
import io.margay.model.Handover;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is another workload, so that it is swapped, and what is the same one with other settings. */
class DifferenceTest extends GatewayTest {
    private static final String PORTS = "language: java, container: {ports: [{container: 1, host: %d, protocol: tcp}]}";

    @Test
    void swapsForOtherContainerSettingsAndMemoryLimits() throws Exception {
        String ports = BASE.replace("language: java", PORTS.formatted(8080));
        swapped(BASE, ports, "bundle → process, container settings");
        swapped(ports, BASE, "process → bundle, container settings");
        swapped(ports, BASE.replace("language: java", PORTS.formatted(8081)), "container settings");
        assertThat(differences(ports, ports)).isEmpty();
        String memory = BASE.replace("language: java", "language: java, memory: 512MB");
        swapped(BASE, memory, "bundle → process, memory limit");
        swapped(memory, memory.replace("512MB", "1GB"), "memory limit");
        assertThat(differences(memory.replace("512MB", "1GB"), memory.replace("512MB", "1024MB")))
                .isEmpty();
    }

    private void swapped(String from, String to, String what) throws Exception {
        String jar = digest("d.jar");
        assertThat(differences(from, to))
                .containsExactly(new Plan.Step(
                        Action.UPDATE,
                        "driver",
                        "d",
                        jar + " → " + jar + ", " + what + ", overlap: calls go on, both need memory meanwhile"));
    }

    private List<Plan.Step> differences(String from, String to) throws Exception {
        EdgeInstance before = gateway.read(from);
        EdgeInstance after = gateway.read(to);
        Placement placement = Placement.now(gateway.engine, new Table());
        var sides = new Difference.Sides(
                Parts.of(before, placement::actual),
                Parts.of(after, placement::wanted),
                Set.of(),
                id -> Handover.OVERLAP,
                parts -> "");
        return Difference.between(before, after, sides).steps();
    }
}
