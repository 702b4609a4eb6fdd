package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.ContainerEngine;
import io.margay.spi.GenerationStatus.State;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where workloads run, with a container engine and without one. */
class PlacementTest extends GatewayTest {
    private static final String PYTHON = "language: python";
    private static final String JAVA_FUNCTION = "file: d.jar, language: java";
    private static final String PORTS = ", container: {ports: [{container: 80, host: 8080, protocol: tcp}]}";
    private static final String NO_ENGINE =
            "this gateway has no container engine (the gateway was started without its bundle container)";

    private static final String OVERLAP = ", overlap: calls go on, both need memory meanwhile";

    private void engine() {
        gateway.engine.bindEngine(gateway.containers);
    }

    private static String function(String by) {
        return BASE.replace("file: f.zip, language: python", by);
    }

    private static String python(String more) {
        return BASE.replace(PYTHON, PYTHON + more);
    }

    private static String driver(String more) {
        return BASE.replace("language: java", "language: java" + more);
    }

    private void runs(String document, String id, String place) throws Exception {
        gateway.apply(document);
        assertThat(status(id).isolation()).isEqualTo(place);
    }

    @Test
    void withAnEngineAutoMeansAContainerForAllButJavaThatAsksForNothing() throws Exception {
        engine();
        runs(BASE, "function:f", "container");
        runs(BASE, "driver:d", "bundle");
        assertThat(gateway.functions.specs.get("f").isolation()).isEqualTo(Isolation.CONTAINER);
        assertThat(gateway.functions.specs.get("f").folder()).isPresent();
        assertThat(gateway.deployer()
                        .plan(gateway.read(python(", instances: 3")))
                        .needs()
                        .memoryMegabytes())
                .as("a container counts as a process does")
                .isEqualTo(3 * 512);
        runs(function(JAVA_FUNCTION), "function:f", "bundle");
        runs(function(JAVA_FUNCTION + ", memory: 256MB"), "function:f", "container");
        runs(function(JAVA_FUNCTION + ", container: {}"), "function:f", "container");
        runs(driver(", memory: 256MB"), "driver:d", "container");
        runs(driver(PORTS), "driver:d", "container");
    }

    @Test
    void withoutAnEngineAutoIsAProcessAndThePlanSaysWhatDoesNotApply() throws Exception {
        String note = "; runs in a process, as " + NO_ENGINE + "; settings that do not apply there: container (ports)";
        assertThat(steps(BASE)).noneMatch(step -> step.contains("runs in"));
        assertThat(steps(python(PORTS))).contains("INSTALL f: " + digest("f.zip") + ", python" + note);
        runs(python(PORTS), "function:f", "process");
        runs(function(JAVA_FUNCTION + PORTS), "function:f", "process");
        assertThat(steps(driver(PORTS))).anyMatch(step -> step.startsWith("UPDATE d: ") && step.endsWith(note));
        runs(driver(PORTS), "driver:d", "process");
        runs(python(", container: {}"), "function:f", "process");
        assertThat(gateway.containers.settled).isEmpty();
    }

    @Test
    void anEngineThatComesIsAChangeOfItsOwn() throws Exception {
        gateway.apply(BASE);
        String before = gateway.deployer().plan(gateway.read(BASE)).id();
        engine();
        String code = digest("f.zip");
        assertThat(steps(BASE)).containsExactly("UPDATE f: " + code + " → " + code + ", process → container" + OVERLAP);
        assertThat(gateway.deployer().plan(gateway.read(BASE)).id()).isNotEqualTo(before);
        runs(BASE.replace("name: r,", "name: other,"), "function:f", "container");
        assertThat(steps(BASE.replace("name: r,", "name: other,"))).isEmpty();
    }

    @Test
    void anEngineThatIsLostMovesNothing() throws Exception {
        engine();
        gateway.apply(BASE);
        gateway.containers.is(ContainerEngine.State.LOST, "connection refused");
        assertThat(steps(BASE)).isEmpty();
        runs(BASE.replace("name: r,", "name: other,"), "function:f", "container");
        assertThat(findings(BASE.replace("f.zip", "f2.zip")))
                .containsExactly(
                        "ERROR function f | functions[0].isolation: the container engine does not answer"
                                + " (connection refused); it is to run in a container, and can be started or changed when the engine is back");
        String two = BASE.replace("functions:", "functions:\n  - {name: g, file: f2.zip, language: python}");
        assertThat(steps(two))
                .contains("INSTALL g: " + digest("f2.zip")
                        + ", python; runs in a process, as the container engine does not answer (connection refused)");
        runs(two, "function:g", "process");
        assertThat(status("function:f").isolation()).isEqualTo("container");
        runs(python(", isolation: process"), "function:f", "process");
    }

    @Test
    void anExplicitContainerIsRefusedWithTheReason() throws Exception {
        String explicit = python(", isolation: container");
        String path = "ERROR function f | functions[0].isolation: ";
        String advice = "; use isolation auto or process";
        assertThat(findings(explicit)).containsExactly(path + NO_ENGINE + advice);
        assertThat(findings(python(", isolation: container" + PORTS)))
                .containsExactly(path + NO_ENGINE + "; use isolation auto");
        engine();
        gateway.containers.is(ContainerEngine.State.UNUSABLE, "/run/docker.sock: permission denied");
        assertThat(findings(explicit))
                .containsExactly(
                        path + "the container engine can't be used (/run/docker.sock: permission denied)" + advice);
        gateway.containers.is(ContainerEngine.State.OFF, "margay.container.engine=off");
        assertThat(findings(explicit))
                .containsExactly(path + "this gateway has no container engine (margay.container.engine=off)" + advice);
        gateway.containers.is(ContainerEngine.State.READY, "");
        runs(explicit, "function:f", "container");
    }

    @Test
    void aLanguageThatNoContainerCanRunIsAProcess() throws Exception {
        engine();
        gateway.containers.unable.put(Language.PYTHON, "no image for python can be built: debootstrap is missing");
        assertThat(steps(BASE))
                .contains("INSTALL f: " + digest("f.zip")
                        + ", python; runs in a process, as no image for python can be built: debootstrap is missing");
        runs(BASE, "function:f", "process");
        assertThat(findings(python(", isolation: container")))
                .containsExactly("ERROR function f | functions[0].isolation: no image for python can be built:"
                        + " debootstrap is missing; use isolation auto or process");
    }

    @Test
    void bundleAndProcessExcludeContainerSettings() {
        assertThatThrownBy(() -> gateway.read(python(", isolation: process" + PORTS)))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("isolation process and container exclude each other");
    }

    @Test
    void aStartWithoutAnEngineRunsProcessesAndTriesContainersAgain() throws Exception {
        engine();
        String two = BASE.replace(
                "functions:", "functions:\n  - {name: g, file: f2.zip, language: python, isolation: container}");
        gateway.apply(two);
        gateway.containers.is(ContainerEngine.State.UNUSABLE, "permission denied");
        gateway.restart();
        assertThat(status("function:f").isolation()).isEqualTo("process");
        assertThat(status("function:g").isolation()).isEqualTo("container");
        assertThat(status("function:g").status().state()).isEqualTo(State.BACKOFF);
        assertThat(status("function:g").status().reason())
                .contains("functions[0].isolation: the container engine can't be used (permission denied)");
        assertThat(steps(two)).as("it is tried again by itself").isEmpty();
        gateway.containers.is(ContainerEngine.State.READY, "");
        Eventually.holds(() -> status("function:g").status().state() == State.RUNNING);
        assertThat(steps(two)).singleElement().asString().contains("UPDATE f: ", ", process → container");
    }

    /** After a power cut the engine may be up later than the gateway. */
    private void restartWithoutItsEngine() throws Exception {
        engine();
        gateway.containers.patient = true;
        gateway.apply(python(PORTS));
        gateway.containers.is(ContainerEngine.State.LOST, "it is waited for");
        gateway.restart();
    }

    @Test
    void aStartWaitsForTheEngineThatWasThereBefore() throws Exception {
        restartWithoutItsEngine();
        assertThat(status("function:f").isolation()).isEqualTo("container");
        assertThat(status("function:f").status().state()).isEqualTo(State.BACKOFF);
        assertThat(status("function:f").status().reason())
                .contains("the container engine does not answer (it is waited for)");
        assertThat(steps(python(PORTS))).as("it is tried again by itself").isEmpty();
        gateway.containers.is(ContainerEngine.State.READY, "");
        Eventually.holds(() -> status("function:f").status().state() == State.RUNNING);
        assertThat(status("function:f").isolation()).isEqualTo("container");
    }

    @Test
    void anEngineThatDoesNotComeBackIsGivenUp() throws Exception {
        restartWithoutItsEngine();
        assertThat(status("function:f").status().state()).isEqualTo(State.BACKOFF);
        gateway.containers.is(ContainerEngine.State.NONE, "no socket was found");
        gateway.containers.waiting.forEach(each -> each.complete(true));
        Eventually.holds(() -> status("function:f").status().state() == State.RUNNING);
        assertThat(status("function:f").isolation()).isEqualTo("process");
    }

    @Test
    void whatLacksAnEngineAloneIsTriedWhenOneComes() throws Exception {
        engine();
        gateway.containers.patient = true;
        String two = python(", isolation: container")
                .replace("functions:", "functions:\n  - {name: g, file: f2.zip, language: python, isolation: process}");
        gateway.apply(two);
        gateway.failing.add("start g2");
        gateway.containers.is(ContainerEngine.State.NONE, "no socket was found");
        gateway.restart();
        Eventually.holds(() -> status("function:g").status().state() == State.RUNNING);
        assertThat(status("function:f").status().state()).isEqualTo(State.BACKOFF);
        assertThat(gateway.containers.waiting)
                .as("g has waited for its time alone")
                .hasSize(1);
        gateway.containers.is(ContainerEngine.State.READY, "");
        Eventually.holds(() -> status("function:f").status().state() == State.RUNNING);
    }

    @Test
    void theEngineIsToldWhichWorkloadsHaveContainers() throws Exception {
        Set<WorkloadId> contained = Set.of(WorkloadId.function("f"));
        gateway.apply(BASE);
        engine();
        Eventually.holds(() -> gateway.containers.settled.equals(List.of(Set.of())));
        gateway.containers.settled.clear();
        gateway.failing.add("start f2");
        assertThatThrownBy(() -> gateway.apply(BASE)).hasMessageContaining("start f2 failed");
        assertThat(gateway.containers.settled).as("nothing is settled").isEmpty();
        gateway.failing.clear();
        gateway.apply("instance: test");
        assertThat(gateway.containers.settled).containsExactly(Set.of());
        gateway.apply(BASE);
        gateway.containers.settled.clear();
        gateway.restart();
        Eventually.holds(() -> gateway.containers.settled.equals(List.of(contained)));
        gateway.engine.unbindEngine(gateway.containers);
        gateway.apply("instance: test");
        assertThat(gateway.containers.settled).as("it is gone").hasSize(1);
    }
}
