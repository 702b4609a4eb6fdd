package io.margay.instance.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstanceException.Kind;
import io.margay.instance.EdgeInstances.Draft;
import io.margay.instance.EdgeInstances.Gateway;
import io.margay.instance.EdgeInstances.Part;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.Protocol;
import io.margay.model.WorkloadId;
import io.margay.security.internal.FileSecrets;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredEdgeInstancesTest {
    private static final String SHA = "ab".repeat(32);
    private static final Map<String, Object> DRIVER =
            Map.of("name", "plc", "catalog", Map.of("driver", "plc", "version", "1.0"));
    private static final Map<String, Object> DEVICE =
            Map.of("product", "boiler", "name", "boiler-1", "driver", "plc", "config", Map.of("unit", 1));

    @TempDir
    Path folder;

    private final Memory documents = new Memory();
    private final List<CatalogEntry> entries = new ArrayList<>();
    private StoredEdgeInstances instances;

    /** Documents in memory, on a disk that may be full. */
    private static final class Memory implements DocumentStore {
        private final Map<String, byte[]> all = new TreeMap<>();
        private boolean full;
        private boolean torn;

        @Override
        public Optional<byte[]> read(String name) throws IOException {
            if (torn && all.containsKey(name)) {
                throw new IOException(name + " is torn");
            }
            return Optional.ofNullable(all.get(name));
        }

        @Override
        public void change(Map<String, byte[]> written, Set<String> removed) throws IOException {
            if (full) {
                throw new IOException("disk full");
            }
            all.putAll(written);
            all.keySet().removeAll(removed);
        }

        @Override
        public List<String> names(String prefix) {
            return all.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
        }
    }

    @BeforeEach
    void open() throws IOException {
        Path model = Files.writeString(folder.resolve("model.json"), "{\"properties\": []}");
        FileSecrets secrets = new FileSecrets(folder);
        StoredFiles files = new StoredFiles(Map.of(SHA, model));
        instances = new StoredEdgeInstances(
                documents, files, new DocumentInstanceReader(files, new Versions(entries), secrets), secrets);
    }

    private void publish(String version) {
        entries.clear();
        entries.add(new CatalogEntry(
                WorkloadId.Kind.DRIVER,
                "plc",
                Optional.of(Protocol.CUSTOM),
                Language.PYTHON,
                Optional.empty(),
                false,
                List.of(new CatalogVersion(
                        version,
                        CatalogVersion.State.DRAFT,
                        Optional.empty(),
                        "",
                        Optional.of(new CatalogVersion.File("plc.zip", SHA, 3)),
                        Defaults.NONE,
                        0))));
    }

    private static void refused(Kind kind, String message, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        EdgeInstanceException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }

    private static void invalid(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(InvalidException.class).hasMessage(message);
    }

    @Test
    void isMadeStepByStepInAnyOrder() throws Exception {
        instances.create("hall");
        assertThat(instances.names()).containsExactly("hall");
        // A device before its driver, its product and the driver's version.
        instances.add("hall", Part.DEVICE, DEVICE, Optional.empty());
        instances.add("hall", Part.DRIVER, DRIVER, Optional.empty());
        assertThatThrownBy(() -> instances.resolve("hall"))
                .isInstanceOf(InvalidException.class)
                .hasMessageContainingAll(
                        "drivers[0].catalog.driver: there is no driver plc",
                        "devices[0].product: there is no product 'boiler'");
        instances.add(
                "hall",
                Part.PRODUCT,
                Map.of("key", "boiler", "model", Map.of("properties", List.of())),
                Optional.empty());
        publish("1.0");
        EdgeInstance resolved = instances.resolve("hall");
        assertThat(resolved.drivers().get(0).code()).isEqualTo(new EdgeInstance.Code.Artefact(SHA));
        assertThat(resolved.drivers().get(0).version()).contains("1.0");
        assertThat(resolved.devices()).hasSize(1);
        assertThat(instances.get("hall").parts(Part.DRIVER))
                .as("the reference is kept, not what it leads to now")
                .containsExactly(DRIVER);
        publish("2.0");
        assertThatThrownBy(() -> instances.resolve("hall"))
                .hasMessage("drivers[0].catalog.version: driver plc has no version 1.0; did you mean '2.0'?");
    }

    @Test
    void refusesAtOnceWhatIsWrongInAnyCase() throws Exception {
        invalid(
                "instance: 'a b' is no valid edge instance name: 1 to 32 of letters, digits and _ - .",
                () -> instances.create("a b"));
        assertThatThrownBy(() -> instances.create("..")).isInstanceOf(InvalidException.class);
        instances.create("hall");
        refused(Kind.CONFLICT, "there is an edge instance hall already", () -> instances.create("hall"));
        refused(Kind.UNKNOWN, "there is no edge instance other", () -> instances.get("other"));
        refused(Kind.UNKNOWN, "'../x' is no valid edge instance name", () -> instances.get("../x"));
        String before = instances.get("hall").digest();
        invalid(
                "name: '1plc' is no valid driver name: letters, digits and _, starting with a letter, at most 20",
                () -> instances.add(
                        "hall", Part.DRIVER, Map.of("name", "1plc", "builtin", "modbus"), Optional.empty()));
        invalid(
                "confg: unknown key 'confg'; did you mean 'config'?",
                () -> instances.add(
                        "hall", Part.DRIVER, Map.of("name", "plc", "builtin", "m", "confg", 1), Optional.empty()));
        Map<String, Object> large = new LinkedHashMap<>(DEVICE);
        large.put("config", Map.of("text", "x".repeat(1014)));
        invalid(
                "config: as JSON it is 1025 bytes; at most 1024 are allowed",
                () -> instances.add("hall", Part.DEVICE, large, Optional.empty()));
        assertThat(instances.get("hall").digest()).isEqualTo(before);
        instances.add("hall", Part.DRIVER, DRIVER, Optional.empty());
        refused(
                Kind.CONFLICT,
                "has a driver plc already",
                () -> instances.add("hall", Part.DRIVER, DRIVER, Optional.empty()));
    }

    @Test
    void partsAreChangedAndRemoved() throws Exception {
        instances.create("hall");
        instances.add("hall", Part.DRIVER, DRIVER, Optional.empty());
        instances.add("hall", Part.DEVICE, DEVICE, Optional.empty());
        Draft draft = instances.change(
                "hall",
                Part.DRIVER,
                "plc",
                Map.of("artefact", SHA, "language", "python", "version", "mine", "environment", Map.of("A", "b")),
                Optional.empty());
        assertThat(draft.parts(Part.DRIVER).get(0))
                .containsEntry("artefact", SHA)
                .containsEntry("version", "mine")
                .doesNotContainKey("catalog");
        assertThat(instances.artefacts()).containsExactly(SHA);
        Map<String, Object> back = new LinkedHashMap<>();
        back.put("catalog", DRIVER.get("catalog"));
        back.put("environment", null);
        draft = instances.change("hall", Part.DRIVER, "plc", back, Optional.empty());
        assertThat(draft.parts(Part.DRIVER)).containsExactly(DRIVER);
        assertThat(instances.artefacts()).isEmpty();
        refused(
                Kind.CONFLICT,
                "can't be renamed",
                () -> instances.change("hall", Part.DRIVER, "plc", Map.of("name", "other"), Optional.empty()));
        refused(
                Kind.UNKNOWN,
                "edge instance hall has no route r",
                () -> instances.change("hall", Part.ROUTE, "r", Map.of(), Optional.empty()));
        refused(
                Kind.CONFLICT,
                "driver plc has 1 device in edge instance hall",
                () -> instances.remove("hall", Part.DRIVER, "plc", false, Optional.empty()));
        instances.remove("hall", Part.DRIVER, "plc", true, Optional.empty());
        assertThat(instances.get("hall").document())
                .isEqualTo(instances
                        .replace("hall", "instance: hall", Map.of(), Optional.empty())
                        .document());
    }

    @Test
    void noChangeIsLost() throws Exception {
        Draft first = instances.create("hall");
        Optional<String> read = Optional.of(first.digest());
        Draft second = instances.add("hall", Part.DRIVER, DRIVER, read);
        refused(Kind.CHANGED, "was changed meanwhile", () -> instances.add("hall", Part.DEVICE, DEVICE, read));
        refused(Kind.CHANGED, "hall", () -> instances.replace("hall", "instance: hall", Map.of(), read));
        refused(Kind.CHANGED, "hall", () -> instances.remove("hall", Part.DRIVER, "plc", true, read));
        refused(Kind.CHANGED, "hall", () -> instances.delete("hall", read));
        assertThat(instances.get("hall")).isEqualTo(second);
        assertThat(instances
                        .replace("hall", "instance: hall", Map.of(), Optional.of(second.digest()))
                        .digest())
                .as("the same again")
                .isEqualTo(first.digest());
    }

    @Test
    void filesOfADocumentAreKeptByTheirDigest() throws Exception {
        Draft draft = instances.create("hall", """
                instance: hall
                products:
                  - {key: boiler, model: {file: model.json}}
                drivers:
                  - {name: plc, file: plc.jar, config: {files: [a/points.csv]}}
                functions:
                  - {name: sum, catalog: {function: sum, version: "1"}}
                """, Map.of("model.json", SHA, "plc.jar", SHA, "a/points.csv", SHA));
        assertThat(draft.parts(Part.PRODUCT))
                .containsExactly(Map.of("key", "boiler", "model", Map.of("properties", List.of())));
        assertThat(draft.parts(Part.DRIVER))
                .containsExactly(Map.of(
                        "name",
                        "plc",
                        "artefact",
                        SHA,
                        "language",
                        "java",
                        "config",
                        Map.of("files", Map.of("points.csv", SHA))));
        assertThat(draft.parts(Part.FUNCTION).get(0)).containsKey("catalog");
        Draft withDefaults = instances.add(
                "hall",
                Part.DRIVER,
                Map.of(
                        "name",
                        "two",
                        "builtin",
                        "modbus",
                        "defaults",
                        Map.of(
                                "config",
                                Map.of("files", Map.of("a.csv", "cd".repeat(32))),
                                "mustConfigure",
                                List.of("driver"))),
                Optional.empty());
        assertThat(instances.artefacts()).as("those of defaults too").containsExactlyInAnyOrder(SHA, "cd".repeat(32));
        assertThatThrownBy(() -> instances.resolve("hall")).isInstanceOf(InvalidException.class);
        assertThat(instances
                        .change(
                                "hall",
                                Part.DRIVER,
                                "two",
                                Map.of("builtin", "opcua"),
                                Optional.of(withDefaults.digest()))
                        .parts(Part.DRIVER)
                        .get(1))
                .as("they were the old code's")
                .doesNotContainKey("defaults");
        assertThat(instances.artefacts()).containsExactly(SHA);
        assertThatThrownBy(() -> instances.replace("hall", "instance: hull", Map.of(), Optional.empty()))
                .hasMessage("line 1, instance: this is edge instance 'hull', not 'hall'; give it that name");
        assertThatThrownBy(() -> instances.replace(
                        "hall", "instance: hall\ndrivers:\n- {name: plc, file: x.jar}", Map.of(), Optional.empty()))
                .hasMessageContaining("file 'x.jar' was not uploaded");
    }

    @Test
    void aGatewayRunsOne() throws Exception {
        Gateway gateway = instances.gateway();
        assertThat(gateway.id()).hasSize(36);
        assertThat(gateway.instance()).isEmpty();
        instances.create("hall");
        instances.create("yard");
        refused(Kind.UNKNOWN, "there is no edge instance attic", () -> instances.bind("attic"));
        assertThat(instances.bind("hall")).isEqualTo(new Gateway(gateway.id(), Optional.of("hall")));
        instances.bind("hall");
        refused(Kind.CONFLICT, "margay instance unbind hall", () -> instances.bind("yard"));
        refused(Kind.CONFLICT, "but to hall", () -> instances.unbind("yard"));
        refused(Kind.CONFLICT, "unbind it first", () -> instances.delete("hall", Optional.empty()));
        instances.unbind("hall");
        instances.delete("hall", Optional.empty());
        assertThat(instances.gateway()).isEqualTo(gateway);
        assertThat(instances.names()).containsExactly("yard");
    }

    @Test
    void whatTheDiskDoesIsTold() throws Exception {
        instances.create("hall");
        instances.gateway();
        Draft before = instances.get("hall");
        documents.full = true;
        assertThatThrownBy(() -> instances.add("hall", Part.DRIVER, DRIVER, Optional.empty()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("edge instance hall can't be kept: disk full");
        assertThatThrownBy(() -> instances.bind("hall")).isInstanceOf(UncheckedIOException.class);
        assertThat(instances.get("hall")).isEqualTo(before);
        documents.torn = true;
        refused(Kind.DAMAGED, "instance.hall is torn", () -> instances.get("hall"));
        refused(Kind.DAMAGED, "gateway is torn", () -> instances.gateway());
        assertThatThrownBy(() -> instances.artefacts()).isInstanceOf(IOException.class);
    }

    @Test
    void secretsAreKeptSealed() throws Exception {
        String document =
                "{instance: hall, drivers: [{name: plc, builtin: modbus, environment: {A: {secret: hunter2}}}]}";
        Draft draft = instances.create("hall", document, Map.of());
        assertThat(draft.document().toString()).doesNotContain("hunter2").contains("sealed:v1:");
        assertThat(instances
                        .replace("hall", document, Map.of(), Optional.empty())
                        .digest())
                .isEqualTo(draft.digest());
        Draft changed = instances.change(
                "hall",
                Part.DRIVER,
                "plc",
                Map.of("config", Map.of("kv", Map.of("b", Map.of("secret", "hunter3")))),
                Optional.empty());
        assertThat(changed.document().toString())
                .contains("config={kv={b={secret=sealed:v1:")
                .doesNotContain("hunter");
        assertThat(new String(documents.read("instance.hall").orElseThrow(), StandardCharsets.UTF_8))
                .doesNotContain("hunter");
    }

    /** What another gateway sealed is refused where a document comes in, and hinders no edit of another part. */
    @Test
    void secretsOfAnotherKeyAreRefused() throws Exception {
        String document =
                "instance: hall\ndrivers:\n  - {name: plc, builtin: modbus, environment: {A: {secret: '%s'}}}\n";
        String foreign = new FileSecrets(folder.resolve("another")).seal("hunter2");
        instances.create("hall", document.formatted("hunter2"), Map.of());
        assertThatThrownBy(() -> instances.replace("hall", document.formatted(foreign), Map.of(), Optional.empty()))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("line 3, drivers[0].environment.A: this secret was sealed with another key");
        Files.delete(folder.resolve("data/secret.key"));
        instances.add("hall", Part.DRIVER, Map.of("name", "other", "builtin", "modbus"), Optional.empty());
        assertThat(instances.resolve("hall").drivers()).hasSize(2);
    }
}
