package io.margay.host.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.spi.WorkloadSpec;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostedFunctionTest {
    private static Map<String, Object> initialize(Map<String, Object> config) {
        return new HashMap<>(Map.of(
                "kind",
                "function",
                "name",
                "f",
                "generation",
                3,
                "handler",
                "a.b.C",
                "environment",
                Map.of("A", "1", "FUNCTION_NAME", "f"),
                "config",
                config,
                "deviceList",
                List.of()));
    }

    @Test
    void isWhatTheGatewaySays() {
        WorkloadSpec spec = HostedFunction.spec(initialize(Map.of("kv", List.of(Map.of("key", "k", "value", "v")))));
        assertThat(spec.id()).hasToString("function:f");
        assertThat(spec.generation()).isEqualTo(3);
        assertThat(spec.function().handler()).isEqualTo("a.b.C");
        assertThat(spec.function().configuration().values()).isEqualTo(Map.of("k", "v"));
        assertThat(spec.environment()).containsEntry("A", "1").containsEntry("FUNCTION_ID", "function-f");

        assertThat(HostedFunction.spec(initialize(Map.of("json", Map.of("limit", 5))))
                        .function()
                        .configuration()
                        .json())
                .isEqualTo(Map.of("limit", 5));
        assertThat(HostedFunction.spec(initialize(Map.of("fileList", List.of(Map.of("path", "/a/b")))))
                        .files())
                .containsExactly(Path.of("/a/b"));
    }

    @Test
    void refusesADriver() {
        Map<String, Object> driver = initialize(Map.of());
        driver.put("kind", "driver");
        assertThatThrownBy(() -> HostedFunction.spec(driver)).hasMessageContaining("driver can't run in a process");
    }
}
