package io.margay.catalog.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.catalog.CatalogException;
import io.margay.catalog.Catalogue.Content;
import io.margay.catalog.Catalogue.Upload;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.Access;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.ContainerSettings.VolumeMapping;
import io.margay.model.Defaults;
import io.margay.model.Defaults.MustConfigure;
import io.margay.model.GatewayVersion;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.Protocol;
import io.margay.model.WorkloadId.Kind;
import io.margay.store.internal.FileArtefactStore;
import io.margay.store.internal.SqliteDocumentStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;

/** The defaults of versions in the catalogue, on real stores. */
class StoredDefaultsTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1234), ZoneOffset.UTC);
    private static final ContainerSettings CONTAINER = new ContainerSettings(
            false,
            List.of(new PortMapping(80, 8080, ContainerSettings.Protocol.UDP)),
            false,
            List.of(
                    new DeviceMapping("/dev/a", Access.RW, Optional.of("the upper one")),
                    new DeviceMapping("/dev/b", Access.RO, Optional.empty())),
            List.of(new VolumeMapping("/", "/host", Access.RO)));
    private static final Defaults.Change FULL = new Defaults.Change(
            Optional.of(new Configuration(
                    new LinkedHashMap<>(Map.of(
                            "port", "1", "x.target", "odd", "pin", "sealed:v1:AbC", "password", "sealed:v1:dEf")),
                    Map.of("port", "in the cellar", "password", "of the cellar"),
                    Map.of(),
                    Map.of())),
            Optional.of(256),
            Optional.of(CONTAINER),
            Optional.of(Set.of(MustConfigure.DRIVER, MustConfigure.DEVICE)));

    @TempDir
    Path home;

    private SqliteDocumentStore documents;
    private FileArtefactStore artefacts;
    private StoredCatalogue catalogue;
    private String sha256;

    @BeforeEach
    void fill() throws Exception {
        open();
        catalogue.create(new CatalogEntry(
                Kind.DRIVER, "plc", Optional.of(Protocol.CUSTOM), Language.PYTHON, Optional.empty(), false, List.of()));
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("index.py"));
        }
        sha256 = upload(zip.toByteArray());
    }

    private void open() throws IOException {
        if (documents != null) {
            documents.close();
        }
        BundleContext context = (BundleContext) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {BundleContext.class},
                (proxy, method, arguments) -> "margay.home".equals(arguments[0]) ? home.toString() : null);
        documents = new SqliteDocumentStore(context);
        artefacts = new FileArtefactStore(context);
        catalogue = new StoredCatalogue(
                documents, artefacts, home.resolve("data/publishing"), GatewayVersion.parse("0.1.0"), CLOCK);
    }

    @AfterEach
    void close() throws IOException {
        documents.close();
    }

    private String upload(byte[] content) throws IOException {
        return artefacts.put(new ByteArrayInputStream(content), 1000);
    }

    private void add(Defaults.Change defaults) throws Exception {
        catalogue.add(
                Kind.DRIVER,
                "plc",
                "1",
                new Content(Optional.of(new Upload("plc.zip", sha256)), Optional.empty(), Optional.empty(), defaults));
    }

    private Defaults edit(Defaults.Change defaults) throws Exception {
        return catalogue
                .edit(
                        Kind.DRIVER,
                        "plc",
                        "1",
                        new Content(Optional.empty(), Optional.empty(), Optional.empty(), defaults))
                .defaults();
    }

    private Defaults stored() throws Exception {
        return catalogue.get(Kind.DRIVER, "plc").version("1").orElseThrow().defaults();
    }

    private static Defaults.Change configuration(Configuration configuration) {
        return new Defaults.Change(Optional.of(configuration), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Configuration json(Map<String, Object> json) {
        return new Configuration(Map.of(), Map.of(), json, Map.of());
    }

    private static Configuration files(Map<String, String> files) {
        return new Configuration(Map.of(), Map.of(), Map.of(), files);
    }

    @Test
    void areKeptOverARestart() throws Exception {
        add(FULL);
        open();
        assertThat(stored()).isEqualTo(FULL.of(Defaults.NONE));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("z", Arrays.asList(1, 2.5, null, "ü", Map.of("deep", true)));
        json.put("a", Map.of());
        edit(configuration(json(json)));
        open();
        assertThat(stored().configuration()).isEqualTo(json(json));
        assertThat(stored().container()).contains(CONTAINER);
        catalogue.publish(Kind.DRIVER, "plc", "1", sha256);
        open();
        assertThat(stored().configuration().json().keySet()).containsExactly("z", "a");
        assertThat(edit(Defaults.Change.NOTHING)).isEqualTo(stored());
    }

    /** Each of them, by the catalogue and by what stores it. */
    @Test
    void ofAPublishedVersionStay() throws Exception {
        add(FULL);
        catalogue.publish(Kind.DRIVER, "plc", "1", sha256);
        for (Defaults.Change change : List.of(
                configuration(Configuration.EMPTY),
                configuration(json(Map.of("a", 1))),
                new Defaults.Change(Optional.empty(), Optional.of(0), Optional.empty(), Optional.empty()),
                new Defaults.Change(
                        Optional.empty(), Optional.empty(), Optional.of(ContainerSettings.NONE), Optional.empty()),
                new Defaults.Change(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Set.of(MustConfigure.DEVICE))))) {
            assertThatThrownBy(() -> edit(change))
                    .isInstanceOf(CatalogException.class)
                    .hasMessageContaining("version 1 of driver plc is published");
            CatalogEntry entry = catalogue.get(Kind.DRIVER, "plc");
            CatalogVersion before = entry.versions().get(0);
            CatalogEntry changed = entry.with(List.of(new CatalogVersion(
                    before.name(),
                    before.state(),
                    before.minimumGateway(),
                    before.description(),
                    before.file(),
                    change.of(before.defaults()),
                    before.changed())));
            assertThatThrownBy(() -> new EntryStore(documents).save(changed))
                    .isInstanceOf(CatalogException.class)
                    .hasMessageContaining("is published");
        }
        open();
        assertThat(stored()).isEqualTo(FULL.of(Defaults.NONE));
    }

    @Test
    void theSealIsBroken() throws Exception {
        add(FULL);
        catalogue.publish(Kind.DRIVER, "plc", "1", sha256);
        String document = new String(documents.read("catalog.driver.plc").orElseThrow(), StandardCharsets.UTF_8);
        Map<String, String> others = Map.of(
                "\"odd\"", "\"even\"",
                "in the cellar", "in the attic",
                "256MB", "255MB",
                "8080", "8081",
                "/dev/b", "/dev/c",
                "[\"driver\",\"device\"]", "[\"driver\"]");
        for (String part : others.keySet()) {
            assertThat(document).contains(part);
            documents.write(
                    "catalog.driver.plc",
                    document.replace(part, others.get(part)).getBytes(StandardCharsets.UTF_8));
            open();
            assertThatThrownBy(this::stored)
                    .as(part)
                    .isInstanceOf(CatalogException.class)
                    .hasMessageContaining("damaged");
        }
        documents.write("catalog.driver.plc", document.getBytes(StandardCharsets.UTF_8));
        open();
        assertThat(stored()).isEqualTo(FULL.of(Defaults.NONE));
    }

    /** Word for word what a gateway wrote that knew no defaults. */
    @Test
    void versionsOfBeforeThereWereAnyAreRead() throws Exception {
        documents.write("catalog.driver.old", """
                {"format":1,"kind":"driver","name":"old","protocol":"custom","language":"java","builtIn":false,\
                "versions":[{"version":"1","state":"published","minimumGateway":"0.1.0","file":"old.zip",\
                "sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","bytes":5,"changed":1234,\
                "description":"first","seal":"408c922cd5da3f21d65fa63166f108389147e310be14a784a0b7bc7829451617"}]}\
                """.getBytes(StandardCharsets.UTF_8));
        open();
        CatalogVersion old = catalogue.get(Kind.DRIVER, "old").versions().get(0);
        assertThat(old.isPublished()).isTrue();
        assertThat(old.defaults()).isEqualTo(Defaults.NONE);
    }

    @Test
    void filesAreKeptAndMustBeThere() throws Exception {
        String csv = upload(new byte[] {1});
        String none = "b".repeat(64);
        assertThatThrownBy(() -> add(configuration(files(Map.of("a.csv", csv, "b.csv", none)))))
                .isInstanceOf(InvalidException.class)
                .hasMessage("config.files.b.csv: '" + none + "' was not uploaded; there is no such artefact");
        add(configuration(files(Map.of("a.csv", csv))));
        assertThat(catalogue.artefacts()).containsExactlyInAnyOrder(sha256, csv);
        Files.delete(home.resolve("data/artefacts").resolve(csv));
        assertThatThrownBy(() -> catalogue.publish(Kind.DRIVER, "plc", "1", sha256))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("config.files.a.csv");
        upload(new byte[] {1});
        catalogue.publish(Kind.DRIVER, "plc", "1", sha256);
        open();
        assertThat(catalogue.artefacts()).containsExactlyInAnyOrder(sha256, csv);
    }

    @Test
    void rulesAreCheckedHereToo() throws Exception {
        assertThatThrownBy(() -> add(new Defaults.Change(
                        Optional.of(json(Map.of("a", "x".repeat(1100)))),
                        Optional.of(1),
                        Optional.empty(),
                        Optional.of(Set.of(MustConfigure.FUNCTION)))))
                .isInstanceOfSatisfying(InvalidException.class, e -> assertThat(e.faults())
                        .extracting(fault -> fault.path())
                        .containsExactly("config.json", "memory", "mustConfigure"));
        assertThat(catalogue.get(Kind.DRIVER, "plc").versions()).isEmpty();
    }
}
