package io.margay.catalog.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.margay.catalog.CatalogException;
import io.margay.catalog.Catalogue.Content;
import io.margay.catalog.Catalogue.Upload;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.Defaults;
import io.margay.model.GatewayVersion;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.Limits;
import io.margay.model.Protocol;
import io.margay.model.WorkloadId.Kind;
import io.margay.store.internal.FileArtefactStore;
import io.margay.store.internal.SqliteDocumentStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleContext;

/** The catalogue on real stores. */
class StoredCatalogueTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1234), ZoneOffset.UTC);
    private static final GatewayVersion GATEWAY = GatewayVersion.parse("0.1.0");
    private static final Content NOTHING =
            new Content(Optional.empty(), Optional.empty(), Optional.empty(), Defaults.Change.NOTHING);

    @TempDir
    Path home;

    private SqliteDocumentStore documents;
    private FileArtefactStore artefacts;
    private StoredCatalogue catalogue;

    @BeforeEach
    void open() throws IOException {
        if (documents != null) {
            documents.close();
        }
        BundleContext context = (BundleContext) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {BundleContext.class},
                (proxy, method, arguments) -> "margay.home".equals(arguments[0]) ? home.toString() : null);
        documents = new SqliteDocumentStore(context);
        artefacts = new FileArtefactStore(context);
        catalogue = new StoredCatalogue(documents, artefacts, home.resolve("data/publishing"), GATEWAY, CLOCK);
    }

    @AfterEach
    void close() throws IOException {
        documents.close();
    }

    private static CatalogEntry driver(String name, boolean builtIn) {
        return new CatalogEntry(
                Kind.DRIVER,
                name,
                Optional.of(Protocol.CUSTOM),
                builtIn ? Language.JAVA : Language.PYTHON,
                Optional.empty(),
                builtIn,
                List.of());
    }

    private static byte[] zip(String text) throws IOException {
        return zip("index.py", text);
    }

    private static byte[] zip(String name, String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            ZipEntry entry = new ZipEntry(name);
            zip.putNextEntry(entry);
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private String upload(byte[] content) throws IOException {
        return artefacts.put(new ByteArrayInputStream(content), Limits.MAX_PACKAGE_BYTES);
    }

    private static Content file(String name, String sha256) {
        return new Content(
                Optional.of(new Upload(name, sha256)), Optional.empty(), Optional.empty(), Defaults.Change.NOTHING);
    }

    private static Content description(String text) {
        return new Content(Optional.empty(), Optional.of(text), Optional.empty(), Defaults.Change.NOTHING);
    }

    /** Driver {@code plc} with version 1 of that file. */
    private String draft(byte[] content) throws Exception {
        catalogue.create(driver("plc", false));
        String sha256 = upload(content);
        catalogue.add(Kind.DRIVER, "plc", "1", file("plc.zip", sha256));
        return sha256;
    }

    private static void refused(ThrowingCallable call, CatalogException.Kind kind, String part) {
        CatalogException refused = catchThrowableOfType(CatalogException.class, call);
        assertThat(refused.kind()).as(refused.getMessage()).isEqualTo(kind);
        assertThat(refused).hasMessageContaining(part);
    }

    private void unpublishable(String sha256, String part) {
        assertThatThrownBy(() -> catalogue.publish(Kind.DRIVER, "plc", "1", sha256))
                .isInstanceOf(InvalidException.class)
                .hasMessageStartingWith("file")
                .hasMessageContaining(part);
    }

    @Test
    void keepsEntriesOverARestart() throws Exception {
        String sha256 = draft(zip("a"));
        catalogue.create(new CatalogEntry(
                Kind.FUNCTION, "plc", Optional.empty(), Language.PYTHON, Optional.empty(), false, List.of()));
        catalogue.edit(
                Kind.DRIVER,
                "plc",
                "1",
                new Content(
                        Optional.empty(),
                        Optional.of("first"),
                        Optional.of(GatewayVersion.parse("0.1")),
                        Defaults.Change.NOTHING));
        catalogue.publish(Kind.DRIVER, "plc", "1", sha256);
        catalogue.add(Kind.DRIVER, "plc", "2", NOTHING);
        List<CatalogEntry> drivers = catalogue.list(Kind.DRIVER);
        open();
        assertThat(catalogue.list(Kind.DRIVER)).isEqualTo(drivers);
        assertThat(catalogue.list(Kind.FUNCTION)).hasSize(1);
        CatalogEntry plc = catalogue.get(Kind.DRIVER, "plc");
        assertThat(plc.versions()).extracting(CatalogVersion::name).containsExactly("1", "2");
        assertThat(plc.versions().get(0))
                .isEqualTo(new CatalogVersion(
                        "1",
                        CatalogVersion.State.PUBLISHED,
                        Optional.of(GATEWAY),
                        "first",
                        Optional.of(new CatalogVersion.File("plc.zip", sha256, zip("a").length)),
                        Defaults.NONE,
                        1234));
        assertThat(catalogue.artefacts()).containsExactly(sha256);
    }

    @Test
    void namesAndVersionsAreUnique() throws Exception {
        draft(zip("a"));
        refused(() -> catalogue.create(driver("plc", true)), CatalogException.Kind.CONFLICT, "driver plc already");
        refused(
                () -> catalogue.add(Kind.DRIVER, "plc", "1", NOTHING),
                CatalogException.Kind.CONFLICT,
                "driver plc has a version 1 already");
        refused(() -> catalogue.get(Kind.FUNCTION, "plc"), CatalogException.Kind.UNKNOWN, "no function plc");
        refused(
                () -> catalogue.delete(Kind.DRIVER, "plc", "2"),
                CatalogException.Kind.UNKNOWN,
                "driver plc has no version 2");
    }

    @Test
    void draftsChangeAndGo() throws Exception {
        draft(zip("a"));
        String second = upload(zip("b"));
        assertThat(catalogue
                        .edit(Kind.DRIVER, "plc", "1", file("other.zip", second))
                        .file())
                .hasValueSatisfying(file -> assertThat(file.sha256()).isEqualTo(second));
        assertThat(catalogue.artefacts()).containsExactly(second);
        catalogue.delete(Kind.DRIVER, "plc", "1");
        catalogue.remove(Kind.DRIVER, "plc");
        open();
        assertThat(catalogue.list(Kind.DRIVER)).isEmpty();
    }

    @Test
    void refusesWhatBreaksARule() throws Exception {
        draft(zip("a"));
        String sha256 = upload(zip("a"));
        assertThatThrownBy(() -> catalogue.add(Kind.DRIVER, "plc", "2", file("plc.jar", sha256)))
                .isInstanceOf(InvalidException.class)
                .hasMessageStartingWith("file.name: 'plc.jar'");
        assertThatThrownBy(() -> catalogue.add(Kind.DRIVER, "plc", "2", file("plc.zip", "b".repeat(64))))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("was not uploaded");
        assertThatThrownBy(() -> catalogue.edit(Kind.DRIVER, "plc", "1", description("x".repeat(257))))
                .isInstanceOf(InvalidException.class)
                .hasMessageStartingWith("description: ");
        assertThat(catalogue.get(Kind.DRIVER, "plc").versions()).hasSize(1);
    }

    @Test
    void whatIsPublishedStays() throws Exception {
        String sha256 = draft(zip("a"));
        refused(
                () -> catalogue.publish(Kind.DRIVER, "plc", "1", "b".repeat(64)),
                CatalogException.Kind.CONFLICT,
                "look at it again");
        CatalogVersion published = catalogue.publish(Kind.DRIVER, "plc", "1", sha256);
        assertThat(catalogue.publish(Kind.DRIVER, "plc", "1", sha256)).isEqualTo(published);
        String other = upload(zip("b"));
        for (ThrowingCallable change : List.<ThrowingCallable>of(
                () -> catalogue.edit(Kind.DRIVER, "plc", "1", file("plc.zip", other)),
                () -> catalogue.edit(Kind.DRIVER, "plc", "1", file("other.zip", sha256)),
                () -> catalogue.edit(
                        Kind.DRIVER,
                        "plc",
                        "1",
                        new Content(Optional.empty(), Optional.empty(), Optional.of(GATEWAY), Defaults.Change.NOTHING)),
                () -> catalogue.delete(Kind.DRIVER, "plc", "1"),
                () -> catalogue.remove(Kind.DRIVER, "plc"))) {
            refused(change, CatalogException.Kind.CONFLICT, "version 1 of driver plc is published");
        }
        assertThat(catalogue
                        .edit(Kind.DRIVER, "plc", "1", description("better words"))
                        .description())
                .isEqualTo("better words");
        open();
        assertThat(catalogue.get(Kind.DRIVER, "plc").version("1").orElseThrow().file())
                .isEqualTo(published.file());
    }

    /** Not by the service's own care: whoever saves an entry meets it. */
    @Test
    void theStoreItselfKeepsWhatIsPublished() throws Exception {
        catalogue.publish(Kind.DRIVER, "plc", "1", draft(zip("a")));
        EntryStore store = new EntryStore(documents);
        CatalogEntry entry = catalogue.get(Kind.DRIVER, "plc");
        CatalogEntry nodejs = new CatalogEntry(
                Kind.DRIVER, "plc", entry.protocol(), Language.NODEJS, Optional.empty(), false, entry.versions());
        for (ThrowingCallable change : List.<ThrowingCallable>of(
                () -> store.save(entry.with(List.of())),
                () -> store.save(nodejs),
                () -> store.delete(entry.with(List.of())))) {
            refused(change, CatalogException.Kind.CONFLICT, "is published");
        }
        open();
        assertThat(catalogue.get(Kind.DRIVER, "plc")).isEqualTo(entry);
    }

    @Test
    void publishesOnlyWhatCanBeReadToTheEnd() throws Exception {
        catalogue.create(driver("plc", false));
        catalogue.add(Kind.DRIVER, "plc", "1", NOTHING);
        unpublishable("", "has no file yet");

        byte[] text = "no zip".getBytes(StandardCharsets.UTF_8);
        replace(text);
        unpublishable(upload(text), "'plc.zip' is no zip or jar file: the table of contents at its end is missing");

        byte[] empty = new byte[22];
        System.arraycopy(new byte[] {'P', 'K', 5, 6}, 0, empty, 0, 4);
        replace(empty);
        unpublishable(upload(empty), "there is no file in it");

        byte[] broken = stored("some text that is not packed");
        broken[45] ^= 1;
        replace(broken);
        unpublishable(upload(broken), "entry 'index.py' is damaged: its checksum is wrong");

        byte[] packed = zip("some text ".repeat(1000));
        packed[45] ^= 0x55;
        replace(packed);
        unpublishable(upload(packed), "entry 'index.py' is damaged");

        byte[] good = zip("good");
        replace(good);
        Files.delete(home.resolve("data/artefacts").resolve(upload(good)));
        unpublishable(
                catalogue
                        .get(Kind.DRIVER, "plc")
                        .versions()
                        .get(0)
                        .file()
                        .orElseThrow()
                        .sha256(),
                "not on the gateway any more");

        Files.writeString(home.resolve("data/artefacts").resolve(upload(good)), "other bytes");
        unpublishable(
                catalogue
                        .get(Kind.DRIVER, "plc")
                        .versions()
                        .get(0)
                        .file()
                        .orElseThrow()
                        .sha256(),
                "is damaged");
        assertThat(catalogue.get(Kind.DRIVER, "plc").versions().get(0).isPublished())
                .isFalse();
    }

    /** In the words of a deployment, by the rules of {@code io.margay.packages}. */
    @Test
    void publishesNothingThatCantBeDeployedAnywhere() throws Exception {
        catalogue.create(driver("plc", false));
        catalogue.add(Kind.DRIVER, "plc", "1", NOTHING);
        byte[] many = zip(Limits.MAX_PACKAGE_ENTRIES + 1);
        replace(many);
        unpublishable(upload(many), "'plc.zip' is refused: it has 10001 entries, more than 10000");
        byte[] most = zip(Limits.MAX_PACKAGE_ENTRIES);
        replace(most);
        unpublishable(upload(most), "'plc.zip' has no index.py at its top");
        byte[] deep = zip("drivers/index.py", "");
        replace(deep);
        unpublishable(
                upload(deep),
                "'plc.zip' has no index.py at its top; it has drivers/index.py: zip what is in the folder");
        byte[] slip = zip("../index.py", "");
        replace(slip);
        unpublishable(upload(slip), "'plc.zip' is refused: entry '../index.py' leads out of its folder");
        try (var left = Files.list(home.resolve("data/publishing"))) {
            assertThat(left).isEmpty();
        }
    }

    private static byte[] zip(int entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < entries; i++) {
                zip.putNextEntry(new ZipEntry("entry" + i));
            }
        }
        return bytes.toByteArray();
    }

    private void replace(byte[] content) throws Exception {
        catalogue.edit(Kind.DRIVER, "plc", "1", file("plc.zip", upload(content)));
    }

    /** A zip whose entry is not packed, so that a flipped bit is seen by its checksum alone. */
    private static byte[] stored(String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(content);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            ZipEntry entry = new ZipEntry("index.py");
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(content.length);
            entry.setCrc(crc.getValue());
            zip.putNextEntry(entry);
            zip.write(content);
        }
        return bytes.toByteArray();
    }

    @Test
    void aFileIsTakenUpToFiftyMegabytes() throws Exception {
        catalogue.create(driver("plc", false));
        String most = artefacts.put(zeros(Limits.MAX_PACKAGE_BYTES), Long.MAX_VALUE);
        catalogue.add(Kind.DRIVER, "plc", "1", file("plc.zip", most));
        String over = artefacts.put(zeros(Limits.MAX_PACKAGE_BYTES + 1), Long.MAX_VALUE);
        assertThatThrownBy(() -> catalogue.add(Kind.DRIVER, "plc", "2", file("plc.zip", over)))
                .isInstanceOf(InvalidException.class)
                .hasMessage("file: the file has 52428801 bytes, more than 52428800 (50 MB)");
    }

    private static InputStream zeros(long bytes) {
        int half = (int) (bytes / 2);
        return new SequenceInputStream(
                new ByteArrayInputStream(new byte[half]), new ByteArrayInputStream(new byte[(int) (bytes - half)]));
    }

    @Test
    void publishesWhatIsBuiltInWithoutAFile() throws Exception {
        catalogue.create(driver("modbus", true));
        CatalogVersion version = catalogue.add(Kind.DRIVER, "modbus", "1", NOTHING);
        assertThat(catalogue.obstacle(catalogue.get(Kind.DRIVER, "modbus"), version))
                .isEmpty();
        assertThat(catalogue.publish(Kind.DRIVER, "modbus", "1", "").isPublished())
                .isTrue();
    }

    @Test
    void saysWhatCantBeDeployedHere() throws Exception {
        draft(zip("a"));
        CatalogEntry plc = catalogue.get(Kind.DRIVER, "plc");
        assertThat(catalogue.obstacle(plc, plc.versions().get(0))).isEmpty();
        Content later = new Content(
                Optional.empty(),
                Optional.empty(),
                Optional.of(GatewayVersion.parse("0.1.1")),
                Defaults.Change.NOTHING);
        assertThat(catalogue.obstacle(plc, catalogue.edit(Kind.DRIVER, "plc", "1", later)))
                .contains("version 1 of driver plc needs gateway 0.1.1 or later; this one is 0.1.0");
        assertThat(catalogue.obstacle(plc, catalogue.add(Kind.DRIVER, "plc", "2", NOTHING)))
                .contains("version 2 of driver plc has no file yet");
    }

    @Test
    void refusesADocumentThatIsNotWhatWasPublished() throws Exception {
        String sha256 = draft(zip("a"));
        catalogue.publish(Kind.DRIVER, "plc", "1", sha256);
        catalogue.create(driver("whole", false));
        String document = new String(documents.read("catalog.driver.plc").orElseThrow(), StandardCharsets.UTF_8);
        for (String tampered : List.of(
                document.replace(sha256, "b".repeat(64)),
                document.replace("\"python\"", "\"nodejs\""),
                document.replace("\"published\"", "\"draft\""),
                document.replaceAll(",\"seal\":\"[0-9a-f]*\"", ""),
                document.replace("\"name\":\"plc\"", "\"name\":\"other\""),
                document.replace("\"format\":1", "\"format\":2"),
                "{}",
                "[]",
                "no json")) {
            assertThat(tampered).isNotEqualTo(document);
            documents.write("catalog.driver.plc", tampered.getBytes(StandardCharsets.UTF_8));
            // The former catalogue is still there and must not write over it either.
            assertThatThrownBy(() -> catalogue.edit(Kind.DRIVER, "plc", "1", description("x")))
                    .isInstanceOf(java.io.UncheckedIOException.class);
            StoredCatalogue reopened =
                    new StoredCatalogue(documents, artefacts, home.resolve("data/publishing"), GATEWAY, CLOCK);
            assertThat(reopened.list(Kind.DRIVER))
                    .extracting(CatalogEntry::name)
                    .containsExactly("whole");
            refused(() -> reopened.get(Kind.DRIVER, "plc"), CatalogException.Kind.DAMAGED, "catalog.driver.plc");
            refused(
                    () -> reopened.create(driver("plc", false)),
                    CatalogException.Kind.DAMAGED,
                    "restore it from a backup");
            assertThatThrownBy(reopened::artefacts).isInstanceOf(IOException.class);
        }
        String described = document.replace("\"description\":\"\"", "\"description\":\"x\"");
        assertThat(described).isNotEqualTo(document);
        documents.write("catalog.driver.plc", described.getBytes(StandardCharsets.UTF_8));
        open();
        assertThatCode(() -> catalogue.get(Kind.DRIVER, "plc")).doesNotThrowAnyException();
    }

    @Test
    void manyAtATimeLoseNothing() throws Exception {
        catalogue.create(driver("plc", false));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<CatalogVersion>> added = IntStream.range(0, 40)
                    .mapToObj(i -> threads.submit(() -> catalogue.add(Kind.DRIVER, "plc", "v" + i, NOTHING)))
                    .toList();
            for (Future<CatalogVersion> each : added) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        open();
        assertThat(catalogue.get(Kind.DRIVER, "plc").versions()).hasSize(40);
    }
}
