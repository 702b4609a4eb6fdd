package io.margay.instance.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every limit of container settings and memory in a document: kept at the limit, told by name one over it. */
class ContainerDocumentTest {
    private static final String DRIVER = "instance: x\ndrivers:\n  - name: d\n    builtin: b\n    ";
    private static final String PORT = "ports: [{container: %s, host: %s, protocol: tcp}]";
    private static final String DEVICE = "devices: [{path: %s, access: ro}]";
    private static final String NOTE = "devices: [{path: /dev/x, access: ro, note: '%s'}]";
    private static final String VOLUME = "volumes: [{host: '%s', container: '%s', access: rw}]";
    private static final String PATH_RULE =
            "at most 128 characters, no blanks, no part '.' or '..', no '//', no '/' at its end";

    private static final String CONTAINER_RULE =
            "absolute, not /, not in /proc, /sys, /dev or /run/margay, " + PATH_RULE;

    private final DocumentInstanceReader reader =
            new DocumentInstanceReader(new StoredFiles(Map.of()), new Versions(List.of()), TestSecrets.HERE);
    private final JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(getClass().getResourceAsStream("/schema/edge-instance.schema.json"));

    static Stream<Arguments> limits() {
        String dev = "/dev/" + "x".repeat(123);
        String path = "/" + "x".repeat(127);
        return Stream.of(
                taken(""),
                taken(PORT.formatted("1", "65535")),
                refused(PORT.formatted("0", "1"), "ports[0].container: 0 is no valid port: 1 to 65535"),
                refused(PORT.formatted("1", "65536"), "ports[0].host: 65536 is no valid port: 1 to 65535"),
                refused(PORT.formatted("1", "4294967376"), "ports[0].host: 4294967376 is out of range"),
                refused(
                        PORT.formatted("1", "18446744073709551696"),
                        "ports[0].host: 18446744073709551696 is out of range"),
                refused(PORT.formatted("'80'", "1"), "ports[0].container: a whole number is wanted, not text"),
                refused(PORT.formatted("80", "1.5"), "ports[0].host: a whole number is wanted, not a number"),
                refused("ports: [{container: 80, protocol: udp}]", "ports[0]: key 'host' is missing"),
                refused("ports: [{container: 80, host: 80}]", "ports[0]: key 'protocol' is missing"),
                refused(
                        "ports: [{container: 80, host: 80, protocol: sctp}]",
                        "ports[0].protocol: 'sctp' is none of tcp, udp"),
                refused("ports: [80]", "ports[0]: a map of keys is wanted here, not a number"),
                taken(list("ports", 10, i -> "{container: 80, host: %d, protocol: tcp}".formatted(i + 1))),
                refused(
                        list("ports", 11, i -> "{container: 80, host: %d, protocol: tcp}".formatted(i + 1)),
                        "ports: 11 mappings are more than 10"),
                taken("hostNetwork: true, ports: []"),
                refused(
                        "hostNetwork: true, " + PORT.formatted("1", "1"),
                        "ports: hostNetwork and ports exclude each other: all ports of the host's network are its own"),
                refused("hostNetwork: 1", "hostNetwork: true or false is wanted, not a number"),
                taken(DEVICE.formatted(dev)),
                refused(
                        DEVICE.formatted(dev + "x"),
                        "devices[0].path: '" + dev + "x' is no valid device path: a path below /dev/, " + PATH_RULE),
                refused(
                        DEVICE.formatted("/dev/../etc/shadow"),
                        "devices[0].path: '/dev/../etc/shadow' is no valid device path: a path below /dev/, "
                                + PATH_RULE),
                refused(
                        DEVICE.formatted("/dev"),
                        "devices[0].path: '/dev' is no valid device path: a path below /dev/, " + PATH_RULE),
                taken(NOTE.formatted("é".repeat(128))),
                refused(
                        NOTE.formatted("é".repeat(129)),
                        "devices[0].note: '" + "é".repeat(129) + "' is no valid note: 1 to 128 characters"),
                refused(NOTE.formatted(""), "devices[0].note: '' is no valid note: 1 to 128 characters"),
                refused("devices: [{path: /dev/x, access: wo}]", "devices[0].access: 'wo' is none of ro, rw"),
                taken(list("devices", 10, i -> "{path: /dev/x%d, access: ro}".formatted(i))),
                refused(
                        list("devices", 11, i -> "{path: /dev/x%d, access: ro}".formatted(i)),
                        "devices: 11 mappings are more than 10"),
                taken("privileged: true, devices: []"),
                refused(
                        "privileged: true, " + DEVICE.formatted("/dev/x"),
                        "devices: privileged and devices exclude each other: "
                                + "a privileged container sees all devices"),
                taken(VOLUME.formatted("/", "/x")),
                taken(VOLUME.formatted(path, path)),
                refused(
                        VOLUME.formatted(path + "x", "/x"),
                        "volumes[0].host: '" + path + "x' is no valid path on the host: absolute, " + PATH_RULE),
                refused(
                        VOLUME.formatted("/a b", "/x"),
                        "volumes[0].host: '/a b' is no valid path on the host: absolute, " + PATH_RULE),
                refused(
                        VOLUME.formatted("", "/x"),
                        "volumes[0].host: '' is no valid path on the host: absolute, " + PATH_RULE),
                refused(
                        VOLUME.formatted("/x", path + "x"),
                        "volumes[0].container: '" + path + "x' is no valid path in a container: " + CONTAINER_RULE),
                taken(VOLUME.formatted("/dev/x", "/devices")),
                refused(
                        VOLUME.formatted("/x", "/dev/shm"),
                        "volumes[0].container: '/dev/shm' is no valid path in a container: " + CONTAINER_RULE),
                refused(
                        VOLUME.formatted("/x", "/"),
                        "volumes[0].container: '/' is no valid path in a container: " + CONTAINER_RULE),
                refused(
                        VOLUME.formatted("/x", "data"),
                        "volumes[0].container: 'data' is no valid path in a container: " + CONTAINER_RULE),
                refused("volumes: [{host: /x, container: /y}]", "volumes[0]: key 'access' is missing"),
                taken(list("volumes", 10, i -> "{host: /x, container: /x%d, access: ro}".formatted(i))),
                refused(
                        list("volumes", 11, i -> "{host: /x, container: /x%d, access: ro}".formatted(i)),
                        "volumes: 11 mappings are more than 10"),
                refused(
                        "memory: 5MB",
                        "memory: unknown key 'memory'; known here: hostNetwork, ports, privileged, devices, volumes"));
    }

    private static String list(String key, int size, IntFunction<String> item) {
        return key + IntStream.range(0, size).mapToObj(item).collect(Collectors.joining(", ", ": [", "]"));
    }

    private static Arguments taken(String settings) {
        return Arguments.of(settings, List.of());
    }

    private static Arguments refused(String settings, String fault) {
        return Arguments.of(settings, List.of("line 5, drivers[0].container." + fault));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void keepsEachLimitAsTheSchemaDoes(String settings, List<String> faults) {
        String document = DRIVER + "container: {" + settings + "}";
        assertThat(faults(document)).isEqualTo(faults);
        assertThat(schema.validate(document, InputFormat.YAML).isEmpty())
                .as("schema on %s", document)
                .isEqualTo(faults.isEmpty());
    }

    @Test
    void mapsNothingTwice() {
        assertThat(faults(DRIVER + """
                container:
                      ports:
                        - {container: 1, host: 80, protocol: tcp}
                        - {container: 2, host: 80, protocol: udp}
                        - {container: 3, host: 80, protocol: tcp}
                      devices:
                        - {path: /dev/x, access: ro}
                        - {path: /dev/x, access: rw}
                      volumes:
                        - {host: /a, container: /x, access: ro}
                        - {host: /a, container: /y, access: ro}
                        - {host: /b, container: /x, access: ro}
                """))
                .containsExactly(
                        "line 9, drivers[0].container.ports[2]: host port 80/tcp stands here twice, first at ports[0]",
                        "line 12, drivers[0].container.devices[1]: device '/dev/x' stands here twice, first at devices[0]",
                        "line 16, drivers[0].container.volumes[2]: container path '/x' stands here twice, first at volumes[0]");
    }

    /** What stands in for a value that is missing is not told as if it were in the document. */
    @Test
    void findsAllFaultsAndNoneThatIsNotThere() {
        assertThat(faults(DRIVER + """
                container:
                      hostNetwork: yes
                      ports:
                        - {container: 80, protocol: tcp}
                        - {container: 99999, host: "80", protocol: tcp}
                        - {container: 80, host: 0}
                      volumes: /data
                      gpus: 1
                """))
                .containsExactly(
                        "line 6, drivers[0].container.hostNetwork: true or false is wanted, not text",
                        "line 8, drivers[0].container.ports[0]: key 'host' is missing",
                        "line 9, drivers[0].container.ports[1].container: 99999 is no valid port: 1 to 65535",
                        "line 9, drivers[0].container.ports[1].host: a whole number is wanted, not text",
                        "line 10, drivers[0].container.ports[2]: key 'protocol' is missing",
                        "line 10, drivers[0].container.ports[2].host: 0 is no valid port: 1 to 65535",
                        "line 11, drivers[0].container.volumes: a list is wanted, not text",
                        "line 12, drivers[0].container.gpus: unknown key 'gpus'; known here: "
                                + "hostNetwork, ports, privileged, devices, volumes");
    }

    @Test
    void saysTheColumn() {
        assertThatThrownBy(() -> reader.read(DRIVER + "container: {" + PORT.formatted("80", "0") + "}", Map.of()))
                .isInstanceOfSatisfying(InvalidException.class, e -> assertThat(e.faults())
                        .extracting(Fault::path, Fault::line, Fault::column)
                        .containsExactly(tuple("drivers[0].container.ports[0].host", 5, 47)));
    }

    @Test
    void refusesContainerSettingsForWhatRunsElsewhere() {
        for (String isolation : List.of("bundle", "process")) {
            String document = DRIVER + "isolation: " + isolation + "\n    container: {}";
            assertThat(faults(document))
                    .containsExactly("line 6, drivers[0].container: isolation " + isolation
                            + " and container exclude each other: leave container out, or use isolation auto or "
                            + "container");
            assertThat(schema.validate(document, InputFormat.YAML)).isNotEmpty();
        }
        for (String isolation : List.of("auto", "container")) {
            String document = DRIVER + "isolation: " + isolation + "\n    container: {}";
            assertThat(faults(document)).isEmpty();
            assertThat(schema.validate(document, InputFormat.YAML)).isEmpty();
        }
    }

    @Test
    void keepsTheLimitsOfMemory() {
        for (String size : List.of("16MB", "1048576MB", "1024GB")) {
            assertThat(faults(DRIVER + "memory: " + size)).isEmpty();
        }
        Map<String, String> wrong = Map.of(
                "15MB", "15MB is no valid memory limit: 16MB to 1048576MB",
                "1025GB", "1049600MB is no valid memory limit: 16MB to 1048576MB",
                "999999999GB", "1023999998976MB is no valid memory limit: 16MB to 1048576MB",
                "''", "'' is no size; write 256MB or 1GB",
                "'512'", "'512' is no size; write 256MB or 1GB",
                "512", "text is wanted, not a number; put it in quotes");
        wrong.forEach((size, message) -> assertThat(faults(DRIVER + "memory: " + size))
                .containsExactly("line 5, drivers[0].memory: " + message));
    }

    private List<String> faults(String document) {
        try {
            reader.read(document, Map.of());
            return List.of();
        } catch (InvalidException e) {
            return e.faults().stream().map(Fault::toString).toList();
        }
    }
}
