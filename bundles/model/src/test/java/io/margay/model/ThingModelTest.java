package io.margay.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ThingModelTest {
    private static Map<String, Object> type(String type, Object specs) {
        return Map.of("type", type, "specs", specs);
    }

    private static Map<String, Object> tsl(Map<String, Object> dataType) {
        return Map.of("properties", List.of(Map.of("identifier", "p", "dataType", dataType)));
    }

    private static ThingModel model(Map<String, Object> dataType) {
        try {
            return ThingModel.read(tsl(dataType));
        } catch (InvalidException e) {
            throw new AssertionError(e);
        }
    }

    static Stream<Arguments> values() {
        Map<String, Object> range = type("int", Map.of("min", "0", "max", "100"));
        Map<String, Object> real = type("double", Map.of("min", -1.5, "max", 1.5));
        Map<String, Object> onOff = type("enum", Map.of("0", "off", "1", "on"));
        Map<String, Object> text = type("text", Map.of("length", "4"));
        Map<String, Object> list = type("array", Map.of("size", 2, "item", Map.of("type", "int")));
        Map<String, Object> struct =
                type("struct", List.of(Map.of("identifier", "x", "dataType", Map.of("type", "bool"))));
        return Stream.of(
                Arguments.of(range, 0, null),
                Arguments.of(range, 100L, null),
                Arguments.of(range, 5.0, null),
                Arguments.of(range, 101, "p: 101 is not within 0 … 100"),
                Arguments.of(range, -1, "p: -1 is not within 0 … 100"),
                Arguments.of(range, 5.5, "p: 5.5 is not a whole number"),
                Arguments.of(range, Double.NaN, "p: NaN is not a whole number"),
                Arguments.of(range, "5", "p: '5' is not a whole number"),
                Arguments.of(
                        range,
                        BigInteger.ONE.shiftLeft(64).add(BigInteger.TEN),
                        "p: 18446744073709551626 is not within 0 … 100"),
                Arguments.of(Map.of("type", "int"), 1L << 31, "p: 2147483648 is not within -2147483648 … 2147483647"),
                Arguments.of(real, 1.5, null),
                Arguments.of(real, 1, null),
                Arguments.of(real, 1.6, "p: 1.6 is not within -1.5 … 1.5"),
                Arguments.of(real, Double.NaN, "p: NaN is not a finite number"),
                Arguments.of(real, null, "p: null is not a number"),
                Arguments.of(Map.of("type", "bool"), true, null),
                Arguments.of(Map.of("type", "bool"), 1, null),
                Arguments.of(Map.of("type", "bool"), 2, "p: 2 is not true, false, 1 or 0"),
                Arguments.of(onOff, 1, null),
                Arguments.of(onOff, 2, "p: 2 is not one of {0=off, 1=on}"),
                Arguments.of(text, "abcd", null),
                Arguments.of(text, "äöü", "p: text of 6 bytes is longer than 4"),
                Arguments.of(text, 1, "p: 1 is not text"),
                Arguments.of(Map.of("type", "date"), "1700000000000", null),
                Arguments.of(Map.of("type", "date"), 1700000000000L, null),
                Arguments.of(Map.of("type", "date"), "now", "p: 'now' is not milliseconds since 1970"),
                Arguments.of(list, List.of(1, 2), null),
                Arguments.of(list, List.of(1, 2, 3), "p: a list of 3 items is longer than 2"),
                Arguments.of(list, List.of(1, "x"), "p: item 1: 'x' is not a whole number"),
                Arguments.of(struct, Map.of("x", true), null),
                Arguments.of(struct, Map.of("y", true), "p: has no field 'y'"),
                Arguments.of(struct, Map.of("x", "t"), "p: field x: 't' is not true, false, 1 or 0"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void aValueFitsOrTheReasonNamesTheProperty(Map<String, Object> type, Object value, String reason) {
        Map<String, Object> values = new java.util.HashMap<>();
        values.put("p", value);
        assertThat(model(type).misfit(values)).isEqualTo(reason);
    }

    @Test
    void anUnknownPropertyIsNamed() {
        assertThat(model(Map.of("type", "int")).misfit(Map.of("q", 1)))
                .isEqualTo("q: the thing model has no such property");
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(Map.of(), ""),
                Arguments.of(Map.of("properties", "x"), "properties"),
                Arguments.of(Map.of("properties", List.of("x")), "properties[0]"),
                Arguments.of(Map.of("properties", List.of(Map.of("identifier", "a b"))), "properties[0].identifier"),
                Arguments.of(Map.of("properties", List.of(Map.of("identifier", "p"))), "properties[0].dataType"),
                Arguments.of(tsl(Map.of("type", "integer")), "properties[0].dataType.type"),
                Arguments.of(tsl(type("int", "5")), "properties[0].dataType.specs"),
                Arguments.of(tsl(type("int", Map.of("min", "a"))), "properties[0].dataType.specs.min"),
                Arguments.of(tsl(type("double", Map.of("max", "NaN"))), "properties[0].dataType.specs.max"),
                Arguments.of(tsl(type("int", Map.of("min", 2, "max", 1))), "properties[0].dataType.specs"),
                Arguments.of(tsl(type("enum", Map.of())), "properties[0].dataType.specs"),
                Arguments.of(tsl(type("enum", Map.of("a", "b"))), "properties[0].dataType.specs"),
                Arguments.of(tsl(type("text", Map.of("length", -1))), "properties[0].dataType.specs.length"),
                Arguments.of(tsl(type("array", Map.of())), "properties[0].dataType.specs.item"),
                Arguments.of(tsl(type("struct", List.of())), "properties[0].dataType.specs"),
                Arguments.of(
                        Map.of(
                                "properties",
                                List.of(
                                        Map.of("identifier", "p", "dataType", Map.of("type", "int")),
                                        Map.of("identifier", "p", "dataType", Map.of("type", "int")))),
                        "properties[1].identifier"),
                Arguments.of(
                        Map.of(
                                "properties",
                                List.of(Map.of(
                                        "identifier", "p", "accessMode", "x", "dataType", Map.of("type", "int")))),
                        "properties[0].accessMode"),
                Arguments.of(
                        Map.of(
                                "events",
                                List.of(Map.of(
                                        "identifier",
                                        "e",
                                        "outputData",
                                        List.of(Map.of("identifier", "x", "dataType", Map.of("type", "?")))))),
                        "events[0].outputData[0].dataType.type"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void eachFaultHasItsPath(Map<String, Object> tsl, String path) {
        InvalidException e = catchThrowableOfType(InvalidException.class, () -> ThingModel.read(tsl));
        assertThat(e.faults()).extracting(Fault::path).containsExactly(path);
        assertThat(e.faults().get(0).message()).isNotBlank();
    }

    @Test
    void readsEventsServicesAndAccessWithoutThePseudoOnes() throws InvalidException {
        Map<String, Object> one = Map.of("identifier", "x", "dataType", Map.of("type", "int"));
        ThingModel model = ThingModel.read(Map.of(
                "properties",
                List.of(
                        Map.of(
                                "identifier",
                                "t",
                                "name",
                                "Temperature",
                                "accessMode",
                                "r",
                                "dataType",
                                type("float", Map.of("unit", "°C"))),
                        Map.of("identifier", "s", "accessMode", "rw", "dataType", Map.of("type", "int"))),
                "events",
                List.of(Map.of("identifier", "post"), Map.of("identifier", "alarm", "outputData", List.of(one))),
                "services",
                List.of(
                        Map.of("identifier", "get"),
                        Map.of("identifier", "set"),
                        Map.of("identifier", "reset", "inputData", List.of(one)))));
        assertThat(model.properties().get("t").writable()).isFalse();
        assertThat(model.properties().get("t").unit()).contains("°C");
        assertThat(model.properties().get("s").writable()).isTrue();
        assertThat(model.events()).containsOnlyKeys("alarm");
        assertThat(model.services()).containsOnlyKeys("reset");
        assertThat(ThingModel.misfit(model.services().get("reset").input(), Map.of("x", "?")))
                .isEqualTo("x: '?' is not a whole number");
    }
}
