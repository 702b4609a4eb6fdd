package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.deployer.Plan.Severity;
import io.margay.model.InvalidException;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.WorkerSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Workloads get the text of secrets, and nothing else does. */
class SecretTest extends GatewayTest {
    private static final String SECRET = BASE.replace("{port: \"1\"}", "{port: \"1\", password: {secret: hunter2}}")
            .replace("language: python}", "language: python, environment: {TOKEN: {secret: hunter3}}}");

    private Path key;

    @BeforeEach
    void findKey() {
        key = home.resolve("data/secret.key");
    }

    @Test
    void reachWorkloadsOpen() throws Exception {
        gateway.apply(SECRET);
        assertThat(gateway.drivers.specs.get("d").values()).isEqualTo(Map.of("port", "1", "password", "hunter2"));
        assertThat(gateway.functions.specs.get("f").environment()).containsEntry("TOKEN", "hunter3");
        assertThat(WorkerSpec.configurationOf(gateway.drivers.specs.get("d")).get("config"))
                .isEqualTo(Map.of(
                        "kv",
                        List.of(
                                Map.of("key", "port", "value", "1"),
                                Map.of("key", "password", "value", "hunter2", "secret", true))));
        gateway.events.clear();
        gateway.apply(SECRET.replace("hunter2", "hunter4"));
        assertThat(gateway.events).contains("reconfigure d1").doesNotContain("reconfigure f1");
        assertThat(gateway.drivers.specs.get("d").values()).containsEntry("password", "hunter4");
    }

    @Test
    void areNowhereElse() throws Exception {
        gateway.apply(SECRET);
        assertThat(gateway.configurationAdmin().listConfigurations(null)).allSatisfy(configuration -> assertThat(
                        Collections.list(configuration.getProperties().keys()))
                .doesNotContain("config.kv.password"));
        for (String name : gateway.documents.names("")) {
            assertThat(new String(gateway.documents.read(name).orElseThrow(), StandardCharsets.UTF_8))
                    .doesNotContain("hunter");
        }
        assertThat(new String(gateway.deployer().feature(1).orElseThrow(), StandardCharsets.UTF_8))
                .contains("sealed:v1:")
                .doesNotContain("hunter");
        assertThat(gateway.deployer().current().toString()).doesNotContain("hunter");
        assertThat(gateway.deployer().deployment(1).toString()).doesNotContain("hunter");
        assertThat(gateway.drivers.specs.get("d").toString()).doesNotContain("hunter");
    }

    @Test
    void areNoDifferenceWhenGivenAgain() throws Exception {
        gateway.apply(SECRET);
        assertThat(gateway.deployer().plan(gateway.read(SECRET)).steps()).isEmpty();
        assertThat(gateway.deployer()
                        .plan(gateway.read(SECRET.replace("hunter3", "hunter4")))
                        .steps())
                .singleElement()
                .satisfies(step -> assertThat(step.toString())
                        .contains("RESTART", "environment")
                        .doesNotContain("hunter", "sealed"));
        gateway.restart();
        assertThat(gateway.deployer().plan(gateway.read(SECRET)).steps()).isEmpty();
        assertThat(gateway.functions.specs.get("f").environment()).containsEntry("TOKEN", "hunter3");
    }

    @Test
    void withoutTheKeyOnlyWhatNeedsItDoesNotStart() throws Exception {
        gateway.apply(SECRET.replace(", password: {secret: hunter2}", ""));
        byte[] good = Files.readAllBytes(key);
        Files.delete(key);
        gateway.restart();
        assertThat(status("driver:d").status().state()).isEqualTo(State.RUNNING);
        assertThat(status("function:f").status().state()).isEqualTo(State.BACKOFF);
        assertThat(status("function:f").status().reason())
                .contains(
                        "functions[0].environment.TOKEN",
                        "data/secret.key, the key of secrets, is missing; put it back from a backup");
        gateway.apply(SECRET.replace(", password: {secret: hunter2}", "").replace("d.jar", "d2.jar"));
        Files.write(key, good);
        Eventually.holds(() -> status("function:f").status().state() == State.RUNNING);
    }

    @Test
    void whatCanNotBeOpenedIsNotDeployed() throws Exception {
        gateway.apply(BASE);
        var wanted = gateway.read(SECRET);
        Files.write(key, Arrays.copyOf(Files.readAllBytes(key), 20));
        assertThat(gateway.deployer().plan(wanted).findings())
                .hasSize(2)
                .allSatisfy(finding -> assertThat(finding.severity()).isEqualTo(Severity.ERROR))
                .extracting(
                        finding -> finding.resource() + " " + finding.fault().path())
                .containsExactlyInAnyOrder(
                        "function f functions[0].environment.TOKEN", "driver d drivers[0].config.kv.password");
        assertThatThrownBy(() -> gateway.deployer().apply(wanted))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("is damaged");
        assertThat(gateway.deployer().deployments()).hasSize(1);
    }
}
