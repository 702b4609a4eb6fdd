package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.deployer.Deployer.WorkloadStatus;
import io.margay.deployer.DeploymentException;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.spi.GenerationStatus.State;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;

/** A gateway with a driver, a function and a route between them. */
abstract class GatewayTest {
    static final String BASE = """
            instance: test
            products:
              - {key: boiler, model: {properties: []}}
            drivers:
              - {name: d, file: d.jar, language: java, config: {kv: {port: "1"}}}
            devices:
              - {product: boiler, name: boiler-1, driver: d}
            functions:
              - {name: f, file: f.zip, language: python}
            routes:
              - {name: r, from: devices, to: {function: f}}
            """;

    @TempDir
    Path home;

    Gateway gateway;

    @BeforeEach
    void open() throws Exception {
        gateway = new Gateway(home);
        gateway.upload("d.jar", Jars.bundle("1.2.3", Map.of("Import-Package", "io.margay.api.driver")));
        gateway.upload("d2.jar", Jars.bundle("1.2.4"));
        gateway.upload("f.zip", Jars.zip("index.py", "def handler(event, context): pass"));
        gateway.upload("f2.zip", Jars.zip("index.py", "def handler(event, context): return 2"));
    }

    @AfterEach
    void close() throws Exception {
        gateway.close();
    }

    void assertRolledBack(String document, String message) throws Exception {
        EdgeInstance before = gateway.deployer().current();
        List<Bundle> bundles = gateway.workloads();
        EdgeInstance wanted = gateway.read(document);
        gateway.events.clear();
        assertThatThrownBy(() -> gateway.deployer().apply(wanted))
                .isInstanceOfSatisfying(DeploymentException.class, e -> assertThat(e.rolledBack())
                        .isTrue())
                .hasMessageContaining(message);
        assertThat(gateway.deployer().current()).isEqualTo(before);
        assertThat(gateway.workloads()).isEqualTo(bundles);
        assertThat(gateway.deployer().workloads())
                .extracting(w -> w.status().state())
                .containsOnly(State.RUNNING);
    }

    /** What a plan does, such as {@code UPDATE f: DETAIL}. */
    List<String> steps(String document) throws InvalidException {
        return gateway.deployer().plan(gateway.read(document)).steps().stream()
                .map(step -> step.action() + " " + step.name() + ": " + step.detail())
                .toList();
    }

    List<String> findings(String document) throws InvalidException {
        return gateway.deployer().plan(gateway.read(document)).findings().stream()
                .map(finding -> finding.severity() + " " + finding.resource() + " | " + finding.fault())
                .toList();
    }

    Bundle bundle(String end) {
        return gateway.workloads().stream()
                .filter(b -> b.getSymbolicName().endsWith(end))
                .findFirst()
                .orElseThrow();
    }

    WorkloadStatus status(String id) {
        return gateway.deployer().workloads().stream()
                .filter(w -> w.id().toString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    String digest(String path) {
        return gateway.files.get(path).substring(0, 12);
    }
}
