package io.margay.console.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.Access;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.ContainerSettings.Protocol;
import io.margay.model.ContainerSettings.VolumeMapping;
import io.margay.model.DataType;
import io.margay.model.WorkloadId;
import io.margay.spi.ContainerEngine;
import io.margay.spi.ContainerEngine.State;
import io.margay.spi.GenerationStatus;
import io.margay.spi.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class SnapshotTest {
    private static Map<String, Object> ask(FakeGateway gateway, Map<String, String> parameters) throws IOException {
        return Json.readObject(Json.write(gateway.snapshot().view(Question.of(parameters::get))));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> table(Map<String, Object> view, String name) {
        return (Map<String, Object>) view.get(name);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rows(Map<String, Object> view, String name) {
        return (List<Map<String, Object>>) table(view, name).get("rows");
    }

    @Test
    void saysWhatAContainerHasOfItsHost() throws IOException {
        FakeGateway gateway = FakeGateway.boilerRoom(1);
        gateway.workload(
                WorkloadId.function("page"),
                GenerationStatus.State.RUNNING,
                "",
                new ContainerSettings(
                        false,
                        List.of(new PortMapping(80, 8080, Protocol.TCP)),
                        true,
                        List.of(),
                        List.of(new VolumeMapping("/srv", "/data", Access.RO))));
        gateway.workload(
                WorkloadId.driver("serial"),
                GenerationStatus.State.RUNNING,
                "",
                new ContainerSettings(
                        true,
                        List.of(),
                        false,
                        List.of(new DeviceMapping("/dev/ttyS0", Access.RW, Optional.empty())),
                        List.of()));

        Map<String, Object> view = ask(gateway, Map.of());

        assertThat(rows(view, "workloads"))
                .extracting(row -> row.get("host"))
                .containsExactly(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(
                                "privileged: root in it is root on this host",
                                "host port 8080 to 80/tcp",
                                "/srv as /data, read-only"),
                        List.of("device /dev/ttyS0", "this host's network"));
        assertThat(rows(view, "workloads"))
                .extracting(row -> row.get("memory"))
                .as("the limits: none in the gateway's JVM")
                .containsOnly(0, 512, 1024);
        assertThat(rows(ask(gateway, Map.of("workloads", "privileged")), "workloads"))
                .hasSize(1);
    }

    @Test
    void showsEverythingOfABoilerRoom() throws IOException {
        Map<String, Object> view = ask(FakeGateway.boilerRoom(3), Map.of());

        assertThat(table(view, "gateway"))
                .containsEntry("instance", "boiler-room")
                .containsEntry("version", "0.1.0");
        assertThat(rows(view, "workloads").get(2))
                .containsEntry("id", "function:report")
                .containsEntry("state", "backoff")
                .containsEntry("isolation", "process")
                .containsEntry("processes", List.of(4711))
                .containsEntry("restarts", 2);
        assertThat(table(view, "devices")).containsEntry("total", 3).containsEntry("online", 2);
        assertThat(rows(view, "devices").get(2))
                .containsEntry("online", false)
                .containsEntry("refused", 3)
                .containsEntry("lastRefusal", "temperature: 'hot' is not a number");
        Map<String, Object> report = rows(view, "functions").get(1);
        assertThat(report).containsEntry("timedOut", 1).containsEntry("meanMicros", 850);
        assertThat(((List<?>) ((Map<?, ?>) ((List<?>) report.get("timers")).get(0)).get("next")))
                .hasSize(5);
        assertThat(rows(view, "routes").get(0))
                .containsEntry("from", "product boiler")
                .containsEntry("to", "function alarm")
                .containsEntry("dropped", 4);
        assertThat(view).containsEntry("names", List.of("driver:modbus", "function:alarm", "function:report"));
    }

    @Test
    void tellsOfTheContainerEngine() throws IOException {
        FakeGateway gateway = new FakeGateway();
        assertThat(table(ask(gateway, Map.of()), "gateway")).containsEntry("engine", "none");
        for (State state : List.of(State.READY, State.LOST)) {
            var status = new ContainerEngine.Status(state, "unix:///run/docker.sock", "Docker 20.10.24", "refused");
            gateway.engine.set(FakeGateway.only(ContainerEngine.class, Map.of("status", args -> status)));
            assertThat(table(ask(gateway, Map.of()), "gateway"))
                    .containsEntry("engine", state == State.READY ? "Docker 20.10.24" : "lost: refused");
        }
    }

    @Test
    void givesValuesInTheOrderAndWithTheUnitsOfTheThingModel() throws IOException {
        Object values =
                rows(ask(FakeGateway.boilerRoom(1), Map.of()), "devices").get(0).get("values");

        assertThat((List<?>) values)
                .extracting(value -> ((Map<?, ?>) value).get("name") + "=" + ((Map<?, ?>) value).get("text") + " "
                        + ((Map<?, ?>) value).get("unit"))
                .containsExactly("temperature=80.1 °C", "mode=heating (1) ", "note=" + FakeGateway.HOSTILE + " ");
    }

    @Test
    void showsAnEmptyGateway() throws IOException {
        Map<String, Object> view = ask(new FakeGateway(), Map.of());

        for (String table : List.of("workloads", "devices", "functions", "routes")) {
            assertThat(table(view, table)).containsEntry("total", 0).containsEntry("rows", List.of());
        }
    }

    @Test
    void aProductWhoseModelIsNotKnownHasValuesWithoutUnits() throws IOException {
        FakeGateway gateway = new FakeGateway();
        gateway.device("b", true, "", Map.of("temperature", 1));

        assertThat((List<?>) rows(ask(gateway, Map.of()), "devices").get(0).get("values"))
                .singleElement()
                .extracting(value -> ((Map<?, ?>) value).get("unit"))
                .isEqualTo("");
    }

    @Test
    void sendsTheFirstTwoHundredOfManyDevicesAndFindsTheOthersByFilter() throws IOException {
        FakeGateway gateway = FakeGateway.boilerRoom(1_500);

        assertThat(rows(ask(gateway, Map.of()), "devices")).hasSize(200);
        assertThat(table(ask(gateway, Map.of()), "devices"))
                .containsEntry("total", 1_500)
                .containsEntry("matching", 1_500);
        assertThat(rows(ask(gateway, Map.of("devices", " MODBUS  boiler-1499 ")), "devices"))
                .singleElement()
                .extracting(row -> row.get("id"))
                .isEqualTo("boiler/boiler-1499");
        assertThat(table(ask(gateway, Map.of("problems", "true")), "devices"))
                .containsEntry("total", 1_500)
                .containsEntry("matching", 150)
                .containsEntry("problems", 150);
        assertThat(rows(ask(gateway, Map.of("devices", "no-such")), "devices")).isEmpty();
    }

    @Test
    void sendsOnlyTheLinesThatThePageHasNot() throws IOException {
        FakeGateway gateway = FakeGateway.boilerRoom(1);
        Map<String, Object> first = ask(gateway, Map.of());
        String after = (String) table(first, "log").get("after");

        assertThat(rows(first, "log")).hasSize(50);
        assertThat(table(first, "log")).containsEntry("reset", true);
        assertThat(rows(ask(gateway, Map.of("after", after)), "log")).isEmpty();

        gateway.line(Level.WARN, "", "new");
        Map<String, Object> next = ask(gateway, Map.of("after", after));
        assertThat(rows(next, "log"))
                .singleElement()
                .extracting(row -> row.get("message"))
                .isEqualTo("new");
        assertThat(table(next, "log")).containsEntry("reset", false);
    }

    @Test
    void startsTheLogAnewWhenTheGatewayWasRestarted() throws IOException {
        Map<String, Object> view = ask(FakeGateway.boilerRoom(1), Map.of("after", "12345.999999"));

        assertThat(table(view, "log")).containsEntry("reset", true);
        assertThat(rows(view, "log")).hasSize(50);
    }

    @Test
    void filtersTheLogByWorkloadAndLevel() throws IOException {
        FakeGateway gateway = FakeGateway.boilerRoom(1);

        assertThat(rows(ask(gateway, Map.of("log", "function:report")), "log")).hasSize(1);
        assertThat(rows(ask(gateway, Map.of("log", "gateway")), "log"))
                .singleElement()
                .extracting(row -> row.get("level"))
                .isEqualTo("error");
        assertThat(rows(ask(gateway, Map.of("level", "warn")), "log")).hasSize(2);
    }

    @Test
    void aLongMessageIsCut() throws IOException {
        FakeGateway gateway = new FakeGateway();
        gateway.line(Level.ERROR, "", "x".repeat(10_000));

        assertThat((String) rows(ask(gateway, Map.of()), "log").get(0).get("message"))
                .hasSize(4_001)
                .endsWith("…");
    }

    @Test
    void aWrongParameterIsNamed() {
        assertThatThrownBy(() -> Question.of(Map.of("level", "loud")::get)).hasMessageContaining("level: 'loud'");
        assertThatThrownBy(() -> Question.of(Map.of("after", "x")::get)).hasMessageContaining("after: 'x'");
        assertThatThrownBy(() -> Question.of(Map.of("devices", "x".repeat(201))::get))
                .hasMessageContaining("devices: at most 200");
    }

    @Test
    void valuesReadWell() {
        assertThat(Texts.value(80.10000000000001, null)).isEqualTo("80.1");
        assertThat(Texts.value(123_456_789.25, null)).isEqualTo("123456789.25");
        assertThat(Texts.value(1e-30, null)).isEqualTo("1E-30");
        assertThat(Texts.value(0.0, null)).isEqualTo("0");
        assertThat(Texts.value(Double.NaN, null)).isEqualTo("NaN");
        assertThat(Texts.value(null, new DataType.Date())).isEqualTo("null");
        assertThat(Texts.value("0", new DataType.Date())).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(Texts.value("99999999999999999999", new DataType.Date())).isEqualTo("99999999999999999999");
        assertThat(Texts.value(Map.of("a", List.of(1, 2)), null)).isEqualTo("{\"a\":[1,2]}");
        assertThat(Texts.cut("ab😀", 3)).isEqualTo("ab…");
    }
}
