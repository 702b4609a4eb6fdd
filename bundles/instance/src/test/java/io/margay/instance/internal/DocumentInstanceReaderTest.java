package io.margay.instance.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.margay.model.Architecture;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.Access;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.ContainerSettings.Protocol;
import io.margay.model.ContainerSettings.VolumeMapping;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.FunctionMode;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentInstanceReaderTest {
    private static final String SHA = "a".repeat(64);
    static final String GOOD = """
            instance: boiler-room
            products:
              - key: boiler
                model: {properties: []}
                extension: {modbus: {registers: [1, 2.5, true, null]}}
            drivers:
              - name: modbus
                builtin: modbus
                handover: exclusive
                config: {json: {port: 502}}
                environment: {A: b}
              - {name: other, file: drivers/other.jar, version: "1.2", config: {kv: {a: b, c: {value: d, note: in the cellar}}}, memory: 1GB, container: {
                  ports: [{container: 80, host: 8080, protocol: tcp}, {container: 53, host: 8080, protocol: udp}],
                  devices: [{path: /dev/ttyUSB0, access: rw, note: meters}, {path: /dev/i2c-1, access: ro}],
                  volumes: [{host: /, container: /host, access: ro}, {host: /var/lib/x, container: /data, access: rw}]}}
            devices:
              - {product: boiler, name: boiler-1, driver: modbus, config: {unitId: 1}}
            functions:
              - name: alarm
                file: functions/alarm
                language: python
                mode: continuous
                timeout: 90s
                idle: 1500ms
                queue: 5
                config: {files: [functions/limits.csv]}
                memory: 256MB
                container: {hostNetwork: true, privileged: true}
                timers: [{name: hourly, cron: "0 * * * *", zone: Europe/Berlin, payload: x, overlap: queue, missed: once}]
            routes:
              - {name: a, from: {device: boiler/boiler-1}, filter: /sys/+/+/thing/event/property/post, to: {function: alarm}}
              - {name: b, from: {product: boiler}, to: log, queue: 10, whenFull: wait, stored: true}
              - {name: c, from: {function: alarm}, to: log}
              - {name: d, from: devices, to: log}
            """;
    private static final String KV = "{a: b, c: {value: d, note: in the cellar}}";
    static final Map<String, String> FILES =
            Map.of("drivers/other.jar", SHA, "functions/alarm", SHA, "functions/limits.csv", SHA);

    @TempDir
    Path folder;

    private final Map<String, Path> stored = new HashMap<>();
    private final DocumentInstanceReader reader = new DocumentInstanceReader(
            new StoredFiles(stored),
            new Versions(List.of(
                    entry(WorkloadId.Kind.DRIVER, "plc", Language.PYTHON, false, SHA),
                    entry(WorkloadId.Kind.DRIVER, "modbus", Language.JAVA, true, ""),
                    entry(WorkloadId.Kind.DRIVER, "unfinished", Language.JAVA, false, ""),
                    entry(WorkloadId.Kind.DRIVER, "oven", Language.C, false, SHA),
                    entry(WorkloadId.Kind.FUNCTION, "alarm", Language.NODEJS, false, SHA))),
            TestSecrets.HERE);
    private final JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(getClass().getResourceAsStream("/schema/edge-instance.schema.json"));

    @Test
    void whatIsInCSaysForWhichProcessor() throws Exception {
        EdgeInstance instance = reader.read("""
                instance: x
                drivers:
                  - {name: oven, catalog: {driver: oven, version: 1.0-beta}}
                functions:
                  - {name: alarm, file: functions/alarm, language: c, architecture: amd64}
                """, FILES);
        assertThat(instance.drivers().get(0).architecture()).contains(Architecture.ARM64);
        assertThat(instance.functions().get(0).architecture()).contains(Architecture.AMD64);
        assertThat(instance.functions().get(0).handler()).isEmpty();
        String written = new String(reader.write(instance), StandardCharsets.UTF_8);
        assertThat(reader.read(written, Map.of())).isEqualTo(instance);
        assertThat(schema.validate(written, InputFormat.JSON)).isEmpty();
        assertThat(faults("instance: x\nfunctions: [{name: f, file: functions/alarm, language: c}]", FILES))
                .singleElement()
                .asString()
                .contains("key 'architecture' is missing", "amd64, arm64, armv7, armv7hf, x86");
    }

    @Test
    void readsAllThatADocumentMaySay() throws InvalidException {
        EdgeInstance instance = reader.read(GOOD, FILES);
        assertThat(instance.name()).isEqualTo("boiler-room");
        assertThat(instance.drivers().get(1).code()).isEqualTo(new EdgeInstance.Code.Artefact(SHA));
        EdgeInstance.Function alarm = instance.functions().get(0);
        assertThat(alarm.handler()).isEqualTo("index.handler");
        assertThat(alarm.timeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(alarm.configuration().files()).isEqualTo(Map.of("limits.csv", SHA));
        assertThat(alarm.memory()).contains(256);
        assertThat(alarm.container()).contains(new ContainerSettings(true, List.of(), true, List.of(), List.of()));
        assertThat(instance.drivers().get(1).memory()).contains(1024);
        assertThat(instance.drivers().get(1).container())
                .contains(new ContainerSettings(
                        false,
                        List.of(new PortMapping(80, 8080, Protocol.TCP), new PortMapping(53, 8080, Protocol.UDP)),
                        false,
                        List.of(
                                new DeviceMapping("/dev/ttyUSB0", Access.RW, Optional.of("meters")),
                                new DeviceMapping("/dev/i2c-1", Access.RO, Optional.empty())),
                        List.of(
                                new VolumeMapping("/", "/host", Access.RO),
                                new VolumeMapping("/var/lib/x", "/data", Access.RW))));
        assertThat(instance.drivers().get(0).container()).isEmpty();
        assertThat(instance.routes()).hasSize(4);
        assertThat(instance.routes().get(0).queue()).isEqualTo(10_000);
    }

    @Test
    void whatAFunctionDoesNotSayIsAsTheDocumentationSays() throws InvalidException {
        EdgeInstance.Function function = reader.read(
                        "instance: x\nfunctions: [{name: f, file: functions/alarm, language: python}]", FILES)
                .functions()
                .get(0);
        assertThat(function.mode()).isEqualTo(FunctionMode.ON_DEMAND);
        assertThat(function.isolation()).isEqualTo(Isolation.AUTO);
        assertThat(function.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(function.idle()).isEqualTo(Duration.ofMinutes(20));
        assertThat(function.instances()).isEqualTo(1);
        assertThat(function.concurrency()).isEqualTo(1);
        assertThat(function.queue()).isEqualTo(1000);
        assertThat(function.memory()).isEmpty();
    }

    private static CatalogEntry entry(
            WorkloadId.Kind kind, String name, Language language, boolean builtIn, String sha256) {
        CatalogVersion version = new CatalogVersion(
                "1.0-beta",
                CatalogVersion.State.DRAFT,
                Optional.empty(),
                "",
                Optional.of(sha256)
                        .filter(digest -> !digest.isEmpty())
                        .map(digest -> new CatalogVersion.File("a.zip", digest, 5)),
                Defaults.NONE,
                0);
        Optional<Architecture> architecture =
                language == Language.C ? Optional.of(Architecture.ARM64) : Optional.empty();
        return new CatalogEntry(kind, name, Optional.empty(), language, architecture, builtIn, List.of(version));
    }

    @Test
    void takesCodeFromTheCatalogue() throws InvalidException {
        EdgeInstance instance = reader.read("""
                instance: x
                drivers:
                  - {name: a, catalog: {driver: plc, version: 1.0-beta}}
                  - {name: b, catalog: {driver: modbus, version: 1.0-beta}}
                functions:
                  - {name: c, catalog: {function: alarm, version: 1.0-beta}}
                """, Map.of());
        EdgeInstance.Driver plc = instance.drivers().get(0);
        assertThat(plc.code()).isEqualTo(new EdgeInstance.Code.Artefact(SHA));
        assertThat(plc.language()).isEqualTo(Language.PYTHON);
        assertThat(plc.version()).contains("1.0-beta");
        assertThat(instance.drivers().get(1).code()).isEqualTo(new EdgeInstance.Code.BuiltIn("modbus"));
        assertThat(instance.functions().get(0).language()).isEqualTo(Language.NODEJS);
        assertThat(instance.functions().get(0).handler()).isEqualTo("index.handler");
        String written = new String(reader.write(instance), StandardCharsets.UTF_8);
        assertThat(reader.read(written, Map.of())).isEqualTo(instance);
    }

    @Test
    void saysWhatTheCatalogueLacks() {
        assertThat(faults("""
                instance: x
                drivers:
                  - {name: a, catalog: {driver: plk, version: "1"}}
                  - {name: b, catalog: {driver: plc, version: 1.0-beat}}
                  - {name: c, catalog: {driver: unfinished, version: 1.0-beta}}
                functions:
                  - {name: d, catalog: {function: plc, version: "1"}}
                """, Map.of()))
                .containsExactly(
                        "line 3, drivers[0].catalog.driver: there is no driver plk; did you mean 'plc'?",
                        "line 4, drivers[1].catalog.version: driver plc has no version 1.0-beat; did you mean '1.0-beta'?",
                        "line 5, drivers[2].catalog.version: no file yet",
                        "line 7, functions[0].catalog.function: there is no function plc; known here: alarm");
        Fault fault = catchThrowableOfType(
                        InvalidException.class,
                        () -> reader.read(
                                "instance: x\ndrivers: [{name: a, catalog: {driver: plk, version: '1'}}]", Map.of()))
                .faults()
                .get(0);
        assertThat(fault.column()).isEqualTo(39);
    }

    @Test
    void readsWhatItWrites() throws InvalidException {
        EdgeInstance instance = reader.read(GOOD, FILES);
        String written = new String(reader.write(instance), StandardCharsets.UTF_8);
        assertThat(reader.read(written, Map.of())).isEqualTo(instance);
        assertThat(reader.write(reader.read(written, Map.of()))).isEqualTo(written.getBytes(StandardCharsets.UTF_8));
        assertThat(schema.validate(written, InputFormat.JSON)).isEmpty();
        reader.check(instance);
    }

    @Test
    void findsAllFaultsWithTheirPlaces() {
        String document = """
                instance: test
                drivres: []
                products:
                  - key: boiler
                    model: {properties: 5}
                devices:
                  - {product: boiler, name: abc, driver: modbus}
                  - {product: boyler, name: boiler-1, driver: 5}
                """;
        assertThat(faults(document, Map.of()))
                .containsExactly(
                        "line 2, drivres: unknown key 'drivres'; did you mean 'drivers'?",
                        "line 5, products[0].model.properties: is not a list",
                        "line 7, devices[0].name: 'abc' is no valid device name: 4 to 32 of letters, digits and - _ @ . :",
                        "line 7, devices[0].driver: there is no driver 'modbus'",
                        "line 8, devices[1].product: there is no product 'boyler'; did you mean 'boiler'?",
                        "line 8, devices[1].driver: text is wanted, not a number; put it in quotes");
        Fault fault = catchThrowableOfType(InvalidException.class, () -> reader.read(document, Map.of()))
                .faults()
                .get(0);
        assertThat(fault.column()).isEqualTo(1);
    }

    @Test
    void refusesReferencesToNothing() {
        assertThat(faults(GOOD.replace("{function: alarm}, to", "{function: alrm}, to"), FILES))
                .containsExactly(
                        "line 33, routes[2].from.function: there is no function 'alrm'; did you mean 'alarm'?");
        assertThat(faults(GOOD.replace("boiler/boiler-1", "boiler/boiler-2"), FILES))
                .singleElement()
                .asString()
                .contains("line 31, routes[0].from.device: there is no device 'boiler/boiler-2'");
        assertThat(faults(GOOD, Map.of()))
                .hasSize(3)
                .first()
                .asString()
                .startsWith("line 12, drivers[1].file: file 'drivers/other.jar' was not uploaded");
    }

    @Test
    void refusesTwoOfOneName() {
        assertThat(faults(GOOD.replace("timeout: 90s", "timeout: \"\""), FILES))
                .singleElement()
                .asString()
                .contains("functions[0].timeout: '' is no time");
        assertThat(faults(GOOD.replace("name: other", "name: modbus"), FILES))
                .containsExactly("line 12, drivers[1].name: driver 'modbus' stands here twice, first at drivers[0]");
        assertThat(faults(GOOD.replace("{name: b,", "{name: a,"), FILES)).hasSize(1);
    }

    @Test
    void keepsTheLimits() {
        assertThat(faults(GOOD.replace("port: 502", "x: '" + "y".repeat(1100) + "'"), FILES))
                .containsExactly("line 10, drivers[0].config.json: as JSON it is 1108 bytes; at most 1024 are allowed");
        StringBuilder kv = new StringBuilder();
        StringBuilder environment = new StringBuilder();
        for (int i = 0; i <= 100; i++) {
            kv.append("k").append(i).append(": v, ");
        }
        for (int i = 0; i <= 10; i++) {
            environment.append("E").append(i).append(": v, ");
        }
        assertThat(faults(GOOD.replace("note: in the cellar", "notes: 1"), FILES))
                .containsExactly("line 12, drivers[1].config.kv.c.notes: unknown key 'notes'; did you mean 'note'?");
        assertThat(faults(GOOD.replace("in the cellar", "x".repeat(129)), FILES))
                .singleElement()
                .asString()
                .contains("drivers[1].config.kv.c.note", "128");
        assertThat(faults(GOOD.replace("value: d, ", ""), FILES))
                .singleElement()
                .asString()
                .contains("drivers[1].config.kv.c: key 'value' is missing");
        assertThat(faults(GOOD.replace(KV, "{" + kv + "}"), FILES))
                .containsExactly("line 12, drivers[1].config.kv: 101 entries are more than 100");
        assertThat(faults(GOOD.replace("{A: b}", "{" + environment + "}"), FILES))
                .containsExactly("line 11, drivers[0].environment: 11 variables are more than 10");
    }

    @Test
    void readsThingModelsFromFilesAndSaysWhereTheyAreWrong() throws Exception {
        String document = "instance: t\nproducts: [{key: p, model: {file: boiler.json}}]";
        store("{\"properties\": []}");
        assertThat(reader.read(document, Map.of("boiler.json", SHA))
                        .products()
                        .get(0)
                        .model())
                .containsKey("properties");
        store("{\n\"properties\": 5}");
        assertThat(faults(document, Map.of("boiler.json", SHA)))
                .containsExactly("line 2, products[0].model: in file 'boiler.json': line 2, properties: is not a list");
        store("{\n\"properties\": ");
        assertThat(faults(document, Map.of("boiler.json", SHA)))
                .singleElement()
                .asString()
                .startsWith("line 2, products[0].model.file: in file 'boiler.json': line 2: no JSON: Unexpected end");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "instance: [",
                "instance: a\ninstance: b",
                "- a list",
                "instance: !!java.net.URL [x]",
                "a: &a [*a]\ninstance: x"
            })
    void refusesWhatIsNoDocument(String document) {
        assertThat(faults(document, Map.of())).isNotEmpty();
    }

    @Test
    void refusesBombs() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 9; i++) {
            bomb.append("a%d: &a%d [*a%d".formatted(i, i, i - 1))
                    .append((",*a" + (i - 1)).repeat(5))
                    .append("]\n");
        }
        assertThatThrownBy(() -> reader.read(bomb.toString(), Map.of())).isInstanceOf(InvalidException.class);
        StringBuilder narrow = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 20; i++) {
            narrow.append("a%d: &a%d [*a%d,*a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertThat(faults(narrow.toString(), Map.of()))
                .singleElement()
                .asString()
                .contains("aliases repeat too much");
        assertThat(faults("a: " + "[".repeat(100_000), Map.of()))
                .singleElement()
                .asString()
                .contains("nested deeper than 50 levels");
        assertThat(faults("[".repeat(100_000), Map.of())).hasSize(1);
        assertThat(faults("{\"a\":".repeat(100_000), Map.of())).hasSize(1);
        assertThat(faults("x".repeat(8 * 1024 * 1024 + 1), Map.of()))
                .containsExactly("the document is longer than 8 MiB; divide it among gateways");
    }

    /** The words of the library's own parser are for documents of one or two pages. */
    @Test
    void readsFifteenThousandDevices() throws InvalidException {
        StringBuilder document = new StringBuilder(GOOD.substring(0, GOOD.indexOf("\ndevices:")) + "\ndevices:\n");
        String device = "  - {product: boiler, name: %s-%05d, driver: modbus, config: {unitId: 1, note: %s}}\n";
        String note = "n".repeat(400);
        for (int i = 0; i < 15_000; i++) {
            document.append(device.formatted("boiler", i, note));
        }
        assertThat(document.length()).isGreaterThan(6 * 1024 * 1024);
        EdgeInstance instance = reader.read(document.toString(), FILES);
        assertThat(instance.devices()).hasSize(15_000);
    }

    @Test
    void knowsAliases() {
        assertThat(faults("instance: a\nproducts: *unknown\n", Map.of()))
                .singleElement()
                .asString()
                .contains("line 2", "alias *unknown has no anchor before it");
        assertThat(faults("instance: &me [*me]\n", Map.of()))
                .singleElement()
                .asString()
                .contains("an alias refers to what it stands in");
        assertThat(faults("instance: a\n---\ninstance: b\n", Map.of()))
                .singleElement()
                .asString()
                .contains("line 2", "a second document starts here");
    }

    @Test
    void saysWhereALaterFaultStands() {
        List<Fault> located = reader.locate(
                GOOD, List.of(new Fault("functions[0].timers[0].cron", "never fires"), new Fault("", "something")));
        assertThat(located.get(0))
                .hasToString("line 29, functions[0].timers[0].cron: never fires")
                .extracting(Fault::column)
                .isEqualTo(35);
        assertThat(located.get(1).line()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "instance: x",
                "instance: \"bad name\"",
                "instance: 5",
                "{}",
                "instance: x\nproducts: {}",
                "instance: x\nproducts: [{key: p}]",
                "instance: x\nproducts: [{key: p, model: {}, extension: 5}]",
                "instance: x\ndrivers: [{name: d}]",
                "instance: x\ndrivers: [{name: d, builtin: a, file: b.jar}]",
                "instance: x\ndrivers: [{name: 1d, builtin: a}]",
                "instance: x\ndrivers: [{name: d, builtin: a, isolation: vm}]",
                "instance: x\ndrivers: [{name: d, builtin: a, config: {}}]",
                "instance: x\ndrivers: [{name: d, builtin: a, config: {kv: {a: 1}}}]",
                "instance: x\ndrivers: [{name: d, builtin: a, config: {kv: {a: b}, json: {}}}]",
                "instance: x\ndrivers: [{name: d, builtin: a, environment: {1A: b}}]",
                "instance: x\ndrivers: [{name: d, builtin: a, environment: {MARGAY_X: b}}]",
                "instance: x\ndrivers: [{name: d, builtin: a, environment: {A: b}, memory: 5}]",
                "instance: x\ndrivers: [{name: d, builtin: a, memory: 512MB}]",
                "instance: x\ndrivers: [{name: d, builtin: a, memory: 1.5GB}]",
                "instance: x\ndrivers: [{name: d, builtin: a, memory: ''}]",
                "instance: x\ndrivers: [{name: d, builtin: a, container: null}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, isolation: process, container: {}}]",
                "instance: x\ndrivers: [{name: d, artefact: abc, language: java}]",
                "instance: x\ndrivers: [{name: d, artefact: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]",
                "instance: x\ndrivers: [{name: d, catalog: {driver: plc, version: 1.0-beta}}]",
                "instance: x\ndrivers: [{name: d, catalog: {driver: plc}}]",
                "instance: x\ndrivers: [{name: d, catalog: {function: alarm, version: 1.0-beta}}]",
                "instance: x\ndrivers: [{name: d, catalog: {driver: plc, version: 1.0-beta}, language: python}]",
                "instance: x\ndrivers: [{name: d, catalog: {driver: plc, version: 1.0-beta}, version: '2'}]",
                "instance: x\ndrivers: [{name: d, catalog: {driver: plc, version: 1.0-beta}, builtin: modbus}]",
                "instance: x\nfunctions: [{name: f, catalog: {function: alarm, version: 1.0-beta}}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: ruby}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: c}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: c, architecture: armv7hf}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: c, architecture: mips}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: c, architecture: x86, handler: index.handler}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: c, architecture: x86, handler: ''}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, architecture: x86}]",
                "instance: x\ndrivers: [{name: d, file: drivers/other.jar, architecture: x86}]",
                "instance: x\ndrivers: [{name: d, catalog: {driver: plc, version: 1.0-beta}, architecture: x86}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timeout: 5}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timeout: 5 s}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, instances: 0}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, queue: 1.5}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timers: [{name: a}]}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timers: [{name: a, cron: ''}]}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timers: [{name: a, cron: x}]}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timers: [{name: a, cron: x, overlap: allow, missed: skip}]}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timers: [{name: a, cron: x, overlap: wait}]}]",
                "instance: x\nfunctions: [{name: f, file: functions/alarm, language: nodejs, timers: [{name: a, cron: x, missed: all}]}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log}]",
                "instance: x\nroutes: [{name: r, from: device, to: log}]",
                "instance: x\nroutes: [{name: r, from: {}, to: log}]",
                "instance: x\nroutes: [{name: r, from: {device: x}, to: log}]",
                "instance: x\nroutes: [{name: r, from: devices, to: {}}]",
                "instance: x\nroutes: [{name: r, from: devices}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, filter: a/#/b}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, filter: a/+/b/#}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, filter: ''}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, filter: 'a+'}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, whenFull: block}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, queue: 1000001}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, stored: true}]",
                "instance: x\nroutes: [{name: r, from: devices, to: log, stored: disk}]"
            })
    void agreesWithTheSchema(String document) {
        boolean read = faults(document, FILES).isEmpty();
        assertThat(schema.validate(document, InputFormat.YAML).isEmpty())
                .as("schema on %s, reader says %s", document, faults(document, FILES))
                .isEqualTo(read);
    }

    @Test
    void schemaTakesTheGoodDocument() {
        assertThat(schema.validate(GOOD, InputFormat.YAML)).isEmpty();
    }

    private List<String> faults(String document, Map<String, String> files) {
        try {
            reader.read(document, files);
            return List.of();
        } catch (InvalidException e) {
            return e.faults().stream().map(Fault::toString).toList();
        }
    }

    private void store(String content) throws IOException {
        stored.put(SHA, Files.writeString(folder.resolve("file"), content));
    }
}
