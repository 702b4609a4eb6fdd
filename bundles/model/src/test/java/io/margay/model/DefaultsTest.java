package io.margay.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.Defaults.MustConfigure;
import io.margay.model.WorkloadId.Kind;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The defaults of a version: at the limit they pass, one over it the field, the value and the limit are told. */
class DefaultsTest {
    private static final String SHA = "a".repeat(64);
    /** Each form of escape and each length in UTF-8. */
    private static final String MIXED = "\"\\\b\t\n\f\r\u0001\u007fé€🐈";

    static Stream<Arguments> defaults() {
        int rest = Limits.MAX_JSON_BYTES - "{\"a\":\"\"}".length();
        return Stream.of(
                row(Defaults.NONE),
                row(of(kv(100))),
                row(of(kv(101)), "config.kv: 101 entries are more than 100"),
                row(
                        of(new Configuration(Map.of("", "x"), Map.of(), Map.of(), Map.of())),
                        "config.kv.: a name is not empty"),
                row(of(note("é".repeat(128)))),
                row(
                        of(note("é".repeat(129))),
                        "config.kv.a.note: '" + "é".repeat(129) + "' is no valid note: 1 to 128 characters"),
                row(of(json(Map.of("a", "x".repeat(rest))))),
                row(
                        of(json(Map.of("a", "x".repeat(rest + 1)))),
                        "config.json: as JSON it is 1025 bytes; at most 1024 are allowed"),
                row(of(json(Map.of("a", MIXED + "x".repeat(rest - 38))))),
                row(
                        of(json(Map.of("a", MIXED + "x".repeat(rest - 37)))),
                        "config.json: as JSON it is 1025 bytes; at most 1024 are allowed"),
                row(of(files("a b.csv", SHA))),
                row(of(files("../a", SHA)), "config.files.../a: '../a' is no file name"),
                row(of(files(".a", SHA)), "config.files..a: '.a' is no file name"),
                row(
                        of(files("a", "A".repeat(64))),
                        "config.files.a: '" + "A".repeat(64)
                                + "' is no valid SHA-256: 64 lower-case hexadecimal digits"),
                row(
                        of(new Configuration(Map.of("a", "b"), Map.of(), Map.of("c", 1), Map.of())),
                        "config: only one of these formats may be given: kv, json"),
                row(memory(16)),
                row(memory(15), "memory: 15MB is no valid memory limit: 16MB to 1048576MB"),
                row(memory(1_048_576)),
                row(memory(1_048_577), "memory: 1048577MB is no valid memory limit: 16MB to 1048576MB"),
                row(ports(10)),
                row(ports(11), "container.ports: 11 mappings are more than 10"));
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void limits(Defaults defaults, List<String> wrong) {
        for (Kind kind : Kind.values()) {
            assertThat(defaults.faults(kind)).extracting(Fault::toString).isEqualTo(wrong);
        }
    }

    /** A list, maps in maps, and everything that is no text. */
    @Test
    void countsJsonAsItIsWritten() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("list", Arrays.asList(1L, -2.5, true, null, Map.of(), List.of(), Double.POSITIVE_INFINITY));
        json.put("map", Collections.singletonMap("x", null));
        assertThat(JsonSize.of(json))
                .isEqualTo("{\"list\":[1,-2.5,true,null,{},[],\"Infinity\"],\"map\":{\"x\":null}}".length());
    }

    @Test
    void onlyDriversHaveDevices() {
        assertThat(must(MustConfigure.DRIVER, MustConfigure.DEVICE).faults(Kind.DRIVER))
                .isEmpty();
        assertThat(must(MustConfigure.FUNCTION).faults(Kind.FUNCTION)).isEmpty();
        assertThat(must(MustConfigure.DEVICE, MustConfigure.DRIVER).faults(Kind.FUNCTION))
                .extracting(Fault::toString)
                .containsExactly(
                        "mustConfigure: 'driver' does not fit: a function has function",
                        "mustConfigure: 'device' does not fit: a function has function");
        assertThat(must(MustConfigure.FUNCTION).faults(Kind.DRIVER))
                .extracting(Fault::toString)
                .containsExactly("mustConfigure: 'function' does not fit: a driver has driver, device");
    }

    @Test
    void aChangeLeavesWhatItDoesNotName() {
        Defaults before = new Defaults(
                kv(1), Optional.of(64), ports(1).container(), Set.of(MustConfigure.DRIVER, MustConfigure.DEVICE));
        assertThat(Defaults.Change.NOTHING.of(before)).isEqualTo(before);
        Defaults.Change none = new Defaults.Change(
                Optional.of(Configuration.EMPTY),
                Optional.of(0),
                Optional.of(ContainerSettings.NONE),
                Optional.of(Set.of()));
        assertThat(none.of(before)).isEqualTo(Defaults.NONE);
        assertThat(new Defaults.Change(Optional.empty(), Optional.of(32), Optional.empty(), Optional.empty())
                        .of(before))
                .isEqualTo(new Defaults(kv(1), Optional.of(32), before.container(), before.mustConfigure()));
    }

    private static Arguments row(Defaults defaults, String... wrong) {
        return Arguments.of(defaults, List.of(wrong));
    }

    private static Defaults of(Configuration configuration) {
        return new Defaults(configuration, Optional.empty(), Optional.empty(), Set.of());
    }

    private static Configuration kv(int entries) {
        return new Configuration(
                IntStream.range(0, entries).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v")),
                Map.of(),
                Map.of(),
                Map.of());
    }

    private static Configuration note(String note) {
        return new Configuration(Map.of("a", "b"), Map.of("a", note), Map.of(), Map.of());
    }

    private static Configuration json(Map<String, Object> json) {
        return new Configuration(Map.of(), Map.of(), json, Map.of());
    }

    private static Configuration files(String name, String sha256) {
        return new Configuration(Map.of(), Map.of(), Map.of(), Map.of(name, sha256));
    }

    private static Defaults memory(int megabytes) {
        return new Defaults(Configuration.EMPTY, Optional.of(megabytes), Optional.empty(), Set.of());
    }

    private static Defaults ports(int count) {
        List<ContainerSettings.PortMapping> ports = IntStream.rangeClosed(1, count)
                .mapToObj(i -> new ContainerSettings.PortMapping(80, i, ContainerSettings.Protocol.TCP))
                .toList();
        return new Defaults(
                Configuration.EMPTY,
                Optional.empty(),
                Optional.of(new ContainerSettings(false, ports, false, List.of(), List.of())),
                Set.of());
    }

    private static Defaults must(MustConfigure... must) {
        return new Defaults(Configuration.EMPTY, Optional.empty(), Optional.empty(), Set.of(must));
    }
}
