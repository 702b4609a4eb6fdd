package io.margay.instance.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.Defaults;
import io.margay.model.Defaults.MustConfigure;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.WorkloadId.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the versions in the catalogue say for those who use them. */
class DefaultsDocumentTest {
    private static final String SHA = "a".repeat(64);
    private static final Configuration DEFAULT =
            new Configuration(Map.of("port", "1", "x.y", "2"), Map.of("port", "note"), Map.of(), Map.of());
    private static final ContainerSettings CONTAINER =
            new ContainerSettings(true, List.of(), false, List.of(), List.of());
    private static final Defaults FULL = new Defaults(DEFAULT, Optional.of(64), Optional.of(CONTAINER), Set.of());
    private static final String PRODUCT = "instance: x\nproducts: [{key: p, model: {properties: []}}]\n";

    private final DocumentInstanceReader reader = reader(
            entry(Kind.DRIVER, "plc", FULL),
            entry(Kind.DRIVER, "strict", must(MustConfigure.DRIVER, MustConfigure.DEVICE)),
            entry(Kind.FUNCTION, "sum", FULL),
            entry(Kind.FUNCTION, "strict", must(MustConfigure.FUNCTION)));
    private final JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(getClass().getResourceAsStream("/schema/edge-instance.schema.json"));

    private static DocumentInstanceReader reader(CatalogEntry... entries) {
        return new DocumentInstanceReader(new StoredFiles(Map.of()), new Versions(List.of(entries)), TestSecrets.HERE);
    }

    private static Defaults must(MustConfigure... what) {
        return new Defaults(DEFAULT, Optional.empty(), Optional.empty(), Set.of(what));
    }

    private static CatalogEntry entry(Kind kind, String name, Defaults defaults) {
        CatalogVersion version = new CatalogVersion(
                "1",
                CatalogVersion.State.PUBLISHED,
                Optional.empty(),
                "",
                Optional.of(new CatalogVersion.File("a.zip", SHA, 5)),
                defaults,
                0);
        return new CatalogEntry(
                kind, name, Optional.empty(), Language.PYTHON, Optional.empty(), false, List.of(version));
    }

    private EdgeInstance.Driver driver(String more) throws InvalidException {
        return reader.read(
                        "instance: x\ndrivers: [{name: a, catalog: {driver: plc, version: '1'}" + more + "}]", Map.of())
                .drivers()
                .get(0);
    }

    private List<String> faults(String document) {
        return catchThrowableOfType(InvalidException.class, () -> reader.read(document, Map.of())).faults().stream()
                .map(Fault::toString)
                .toList();
    }

    @Test
    void holdWhereNothingElseIsSaid() throws InvalidException {
        EdgeInstance.Driver driver = driver("");
        assertThat(driver.configuration()).isEqualTo(DEFAULT);
        assertThat(driver.ownConfiguration()).isEqualTo(Configuration.EMPTY);
        assertThat(driver.defaults()).isEqualTo(FULL);
        assertThat(driver.memory()).isEmpty();
        assertThat(driver.container()).isEmpty();
        EdgeInstance.Function function = reader.read(
                        "instance: x\nfunctions: [{name: a, catalog: {function: sum, version: '1'}}]", Map.of())
                .functions()
                .get(0);
        assertThat(function.configuration()).isEqualTo(DEFAULT);
        assertThat(function.defaults()).isEqualTo(FULL);
    }

    @Test
    void ownConfigurationWinsAsAWhole() throws InvalidException {
        assertThat(driver(", config: {kv: {other: '2'}}").configuration().values())
                .isEqualTo(Map.of("other", "2"));
        assertThat(driver(", config: {json: {a: 1}}").configuration())
                .isEqualTo(new Configuration(Map.of(), Map.of(), Map.of("a", 1L), Map.of()));
        EdgeInstance.Driver own = driver(", memory: 32MB, container: {privileged: true}");
        assertThat(own.configuration()).isEqualTo(DEFAULT);
        assertThat(own.memory()).contains(32);
        assertThat(own.container()).contains(new ContainerSettings(false, List.of(), true, List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{kv: {}}", "{json: {}}", "{files: []}"})
    void anEmptySectionMeansNone(String config) throws InvalidException {
        EdgeInstance.Driver driver = driver(", config: " + config);
        assertThat(driver.configuration()).isEqualTo(Configuration.EMPTY);
        assertThat(driver.defaults()).isEqualTo(FULL.withoutConfiguration());
    }

    /** Deployed, rolled back, started anew: whatever the catalogue says by then. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ", config: {}",
                ", config: {json: {a: 1}}",
                ", config: {kv: {port: '1', x.y: '2'}}, memory: 32MB, container: {}",
                ", isolation: process"
            })
    void theWrittenDocumentNeedsNoCatalogue(String more) throws InvalidException {
        EdgeInstance instance = reader.read(
                "instance: x\ndrivers: [{name: a, catalog: {driver: plc, version: '1'}" + more
                        + "}]\nfunctions: [{name: a, catalog: {function: sum, version: '1'}" + more + "}]",
                Map.of());
        String written = new String(reader.write(instance), StandardCharsets.UTF_8);
        DocumentInstanceReader without = reader();
        assertThat(without.read(written, Map.of())).isEqualTo(instance);
        assertThat(new String(without.write(instance), StandardCharsets.UTF_8)).isEqualTo(written);
        assertThat(schema.validate(written, InputFormat.JSON)).isEmpty();
        without.check(instance);
    }

    @Test
    void whatMustBeConfiguredIsToldAtOnceWithItsPlace() {
        assertThat(faults(PRODUCT + """
                drivers:
                  - {name: a, catalog: {driver: strict, version: '1'}}
                  - {name: b, catalog: {driver: strict, version: '1'}, config: {json: {x: 1}}}
                  - {name: c, catalog: {driver: strict, version: '1'}, config: {}}
                  - {name: none, catalog: {driver: strict, version: '1'}}
                devices:
                  - {product: p, name: a-01, driver: a, config: {unit: 1}}
                  - {product: p, name: a-02, driver: a}
                  - {product: p, name: b-01, driver: b, config: {}}
                  - {product: p, name: c-01, driver: c, config: {unit: 1}}
                functions:
                  - {name: f, catalog: {function: strict, version: '1'}}
                  - {name: g, catalog: {function: strict, version: '1'}, config: {kv: {a: b}}}
                """))
                .containsExactly(
                        "line 4, drivers[0].config: the configuration of driver a is missing:"
                                + " version 1 of driver strict must be configured where it has devices",
                        "line 6, drivers[2].config: the configuration of driver c is missing:"
                                + " version 1 of driver strict must be configured where it has devices",
                        "line 10, devices[1].config: the configuration of device p/a-02 is missing:"
                                + " version 1 of driver strict needs one for each device",
                        "line 11, devices[2].config: the configuration of device p/b-01 is missing:"
                                + " version 1 of driver strict needs one for each device",
                        "line 14, functions[0].config: the configuration of function f is missing:"
                                + " version 1 of function strict must be configured");
    }

    @Test
    void ofThousandsOfDevicesSomeAreTold() {
        String devices = IntStream.range(0, 15_000)
                .mapToObj(i -> "{\"product\":\"p\",\"name\":\"device-" + i + "\",\"driver\":\"a\"}")
                .collect(Collectors.joining(","));
        assertThat(faults("{\"instance\":\"x\",\"products\":[{\"key\":\"p\",\"model\":{\"properties\":[]}}],"
                        + "\"drivers\":[{\"name\":\"a\",\"catalog\":{\"driver\":\"strict\",\"version\":\"1\"},"
                        + "\"config\":{\"json\":{\"a\":1}}}],\"devices\":[" + devices + "]}"))
                .hasSize(100);
    }

    /** What was deployed stays bound by what its version asked for: a device that is added must be configured too. */
    @Test
    void theWrittenDocumentKeepsWhatMustBeConfigured() throws InvalidException {
        EdgeInstance instance = reader.read(PRODUCT + """
                drivers: [{name: a, catalog: {driver: strict, version: '1'}, config: {json: {x: 1}}}]
                devices: [{product: p, name: a-01, driver: a, config: {unit: 1}}]
                functions: [{name: f, catalog: {function: strict, version: '1'}, config: {kv: {a: b}}}]
                """, Map.of());
        String written = new String(reader.write(instance), StandardCharsets.UTF_8);
        assertThat(reader().read(written, Map.of())).isEqualTo(instance);
        assertThat(schema.validate(written, InputFormat.JSON)).isEmpty();
        assertThat(faults(written.replace(",\"config\":{\"unit\":1}", "")))
                .singleElement()
                .asString()
                .contains("devices[0].config", "version 1 of driver a needs one for each device");
    }

    @Test
    void aWrongConfigurationIsNotMissingToo() {
        assertThat(faults(PRODUCT + """
                drivers: [{name: a, catalog: {driver: strict, version: '1'}, config: {json: 5}}]
                devices: [{product: p, name: a-01, driver: a, config: [1]}]
                """))
                .containsExactly(
                        "line 3, drivers[0].config.json: a map is wanted, not a number",
                        "line 4, devices[0].config: a map is wanted, not a list");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "builtin: b, defaults: {}",
                "builtin: b, defaults: {config: {kv: {a: b}}, memory: 64MB, container: {}, mustConfigure: [driver]}",
                "builtin: b, defaults: {config: {files: {a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}}",
                "builtin: b, defaults: {config: {files: [a]}}",
                "builtin: b, defaults: {mustConfigure: [function]}",
                "builtin: b, defaults: {mustConfigure: driver}",
                "builtin: b, defaults: {mustConfigure: [5]}",
                "builtin: b, defaults: {memory: 5}",
                "builtin: b, defaults: {unknown: 5}",
                "builtin: b, defaults: 5",
                "builtin: b, config: {}",
                "builtin: b, config: {kv: {}, json: {}}",
                "'catalog': {driver: plc, version: '1'}, defaults: {}"
            })
    void agreesWithTheSchema(String keys) {
        String document = "instance: x\ndrivers: [{name: d, " + keys + "}]";
        boolean read;
        try {
            reader.read(document, Map.of());
            read = true;
        } catch (InvalidException e) {
            read = false;
        }
        assertThat(schema.validate(document, InputFormat.YAML).isEmpty())
                .as(document)
                .isEqualTo(read);
    }

    @Test
    void readsAChangeOfThoseInTheCatalogue() throws InvalidException {
        assertThat(reader.defaults(Kind.DRIVER, "{\"version\": \"1\"}")).isEqualTo(Defaults.Change.NOTHING);
        Defaults none = reader.defaults(
                        Kind.DRIVER,
                        "{\"config\": null, \"memory\": null, \"container\": null, \"mustConfigure\": null}")
                .of(new Defaults(DEFAULT, Optional.of(64), Optional.of(CONTAINER), Set.of(MustConfigure.DEVICE)));
        assertThat(none).isEqualTo(Defaults.NONE);
        Defaults read = reader.defaults(
                        Kind.DRIVER,
                        "{\"config\": {\"files\": {\"a.csv\": \"" + SHA + "\"}}, \"memory\": \"1GB\","
                                + " \"container\": {\"hostNetwork\": true}, \"mustConfigure\": [\"device\", \"driver\"]}")
                .of(Defaults.NONE);
        assertThat(read)
                .isEqualTo(new Defaults(
                        new Configuration(Map.of(), Map.of(), Map.of(), Map.of("a.csv", SHA)),
                        Optional.of(1024),
                        Optional.of(CONTAINER),
                        Set.of(MustConfigure.DRIVER, MustConfigure.DEVICE)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'config': {'json': [1]}} | line 1, config.json: a map is wanted, not a list",
                "{'config': {'files': ['a.csv']}} | line 1, config.files: name to SHA-256 is wanted here, not a list",
                "{'config': {'kv': {'x.y': {'value': 'a', 'note': ''}}}} | line 1, config.kv.x.y.note: '' is no valid note: 1 to 128 characters",
                "{'config': 5} | line 1, config: a map of keys is wanted here, not a number",
                "{'memory': '15MB'} | line 1, memory: 15MB is no valid memory limit: 16MB to 1048576MB",
                "{'container': {'ports': [{'container': 1, 'host': 0, 'protocol': 'tcp'}]}} | line 1, container.ports[0].host: 0 is no valid port: 1 to 65535",
                "{'mustConfigure': ['device', 'function']} | line 1, mustConfigure[1]: 'function' does not fit: a driver has driver, device",
                "{'mustConfigure': ['all']} | line 1, mustConfigure[0]: 'all' is none of driver, device, function"
            },
            quoteCharacter = '`')
    void namesWhatIsWrongInAChange(String json, String fault) {
        assertThat(catchThrowableOfType(
                                InvalidException.class, () -> reader.defaults(Kind.DRIVER, json.replace('\'', '"')))
                        .faults())
                .singleElement()
                .satisfies(
                        found -> assertThat(found.toString().replace('"', '\'')).isEqualTo(fault))
                .satisfies(found -> assertThat(found.column()).isGreaterThan(10));
    }
}
