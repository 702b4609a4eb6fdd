package io.margay.host.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.spi.WorkloadSpec;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GivenSpecTest {
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
        WorkloadSpec spec = GivenSpec.of(initialize(Map.of("kv", List.of(Map.of("key", "k", "value", "v")))));
        assertThat(spec.id()).hasToString("function:f");
        assertThat(spec.generation()).isEqualTo(3);
        assertThat(spec.function().handler()).isEqualTo("a.b.C");
        assertThat(spec.function().configuration().values()).isEqualTo(Map.of("k", "v"));
        assertThat(spec.environment()).containsEntry("A", "1").containsEntry("FUNCTION_ID", "function-f");

        assertThat(GivenSpec.of(initialize(Map.of("json", Map.of("limit", 5))))
                        .function()
                        .configuration()
                        .json())
                .isEqualTo(Map.of("limit", 5L));
        assertThat(GivenSpec.of(initialize(Map.of("fileList", List.of(Map.of("path", "/a/b")))))
                        .files())
                .containsExactly(Path.of("/a/b"));
    }

    /** As the gateway's own: authors see the same numbers, each product once. */
    @Test
    void isADriverWithItsDevices() {
        Map<String, Object> driver = initialize(Map.of("json", Map.of("list", List.of(1, 2.5, Map.of("a", 2)))));
        driver.put("kind", "driver");
        driver.put("handler", "");
        Map<String, Object> tsl = Map.of("properties", List.of());
        driver.put("deviceList", List.of(device("one", "{\"unit\":1}", tsl), device("two", "{}", tsl)));
        WorkloadSpec spec = GivenSpec.of(driver);
        assertThat(spec.id()).hasToString("driver:f");
        assertThat(spec.configuration().json()).isEqualTo(Map.of("list", List.of(1L, 2.5, Map.of("a", 2L))));
        assertThat(spec.devices()).hasSize(2);
        assertThat(spec.devices().get(0).device().id()).hasToString("p/one");
        assertThat(spec.devices().get(0).device().configuration()).isEqualTo(Map.of("unit", 1L));
        assertThat(spec.devices().get(0).product())
                .isSameAs(spec.devices().get(1).product())
                .returns(tsl, product -> product.model())
                .returns(Map.of("scale", 3L), product -> product.extension());

        WorkloadSpec changed = GivenSpec.changed(
                spec,
                Map.of(
                        "config",
                        Map.of("kv", List.of(Map.of("key", "k", "value", "v", "secret", true))),
                        "deviceList",
                        List.of(device("two", "{}", tsl))));
        assertThat(changed.values()).isEqualTo(Map.of("k", "v"));
        assertThat(changed.configuration().values()).as("secret").doesNotContainValue("v");
        assertThat(changed.devices()).hasSize(1);
        assertThat(changed.revision()).isNotEqualTo(spec.revision());
        assertThat(changed.environment()).containsEntry("A", "1");
        assertThat(changed.generation()).isEqualTo(3);
    }

    private static Map<String, Object> device(String name, String custom, Map<String, Object> tsl) {
        return Map.of(
                "productKey", "p", "deviceName", name, "custom", custom, "extension", Map.of("scale", 3), "tsl", tsl);
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        Map<String, Object> other = initialize(Map.of());
        other.put("kind", "robot");
        assertThatThrownBy(() -> GivenSpec.of(other)).hasMessage("a Java robot is not known here");
    }
}
