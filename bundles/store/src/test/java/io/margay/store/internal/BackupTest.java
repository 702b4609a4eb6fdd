package io.margay.store.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.store.backup.Manifest;
import io.margay.store.backup.Restore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupTest {
    @TempDir
    Path folder;

    private Path home;
    private SqliteDocumentStore documents;
    private FileArtefactStore artefacts;
    private StateBackup backup;
    private String artefact;

    @BeforeEach
    void open() throws IOException {
        home = Files.createDirectories(folder.resolve("home"));
        Path data = Files.createDirectories(home.resolve("data"));
        documents = new SqliteDocumentStore(data, home.resolve("cache"));
        artefacts = new FileArtefactStore(
                data.resolve("artefacts"), Clock.fixed(Instant.now().plus(Duration.ofDays(1)), ZoneOffset.UTC));
        backup = new StateBackup(home, "0.1.0", documents, artefacts);
        documents.write("current", bytes("instance: one"));
        artefact = artefacts.put(new ByteArrayInputStream(bytes("code")), 100);
        Files.writeString(data.resolve("users"), "admin");
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("conf/margay.properties"), "margay.port=1");
    }

    @AfterEach
    void close() throws IOException {
        documents.close();
    }

    private byte[] write() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        backup.write(out);
        return out.toByteArray();
    }

    @Test
    void holdsAllThatThereIs() throws IOException {
        byte[] written = write();
        documents.write("current", bytes("instance: two"));
        Path other = Files.createDirectories(folder.resolve("other"));
        Manifest manifest = Restore.stage(new ByteArrayInputStream(written), other);
        assertThat(manifest.version()).isEqualTo("0.1.0");
        assertThat(manifest.files().keySet())
                .containsExactly("conf/margay.properties", "data/artefacts/" + artefact, "data/state.db", "data/users");
        assertThat(Restore.waiting(other)).hasValue(manifest);
        Path restored = other.resolve("restore");
        assertThat(restored.resolve("data/artefacts").resolve(artefact)).hasContent("code");
        assertThat(restored.resolve("conf/margay.properties")).hasContent("margay.port=1");
        try (SqliteDocumentStore again = new SqliteDocumentStore(restored.resolve("data"), home.resolve("cache"))) {
            assertThat(again.read("current"))
                    .hasValueSatisfying(v -> assertThat(v).isEqualTo(bytes("instance: one")));
        }
        assertThat(home.resolve("data/state.db~backup")).doesNotExist();
    }

    /** Each of them is refused, and what waited still waits. */
    @Test
    void refusesWhatIsNotWhole() throws IOException {
        byte[] whole = write();
        Manifest first = backup.restore(new ByteArrayInputStream(whole));
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            byte[] damaged = whole.clone();
            if (i % 2 == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(whole.length - 400));
            } else {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            byte[] bytes = damaged;
            try {
                // A bit of the table of contents, or of a time, may be another without a loss.
                assertThat(Restore.stage(new ByteArrayInputStream(bytes), home).files())
                        .isEqualTo(first.files());
                assertThat(i % 2).as("seed %d, cut at %d", seed, bytes.length).isOne();
            } catch (IOException e) {
                assertThat(e.getMessage()).as("seed %d, case %d", seed, i).contains("backup");
            }
            assertThat(Restore.waiting(home)).as("seed %d, case %d", seed, i).isPresent();
        }
        assertThat(leftovers()).isEmpty();
    }

    private List<String> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(home)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("restoring"))
                    .toList();
        }
    }

    @Test
    void refusesFilesElsewhere() throws IOException {
        for (String path : List.of("../x", "/etc/passwd", "data/../../x", "data/artefacts/x", "conf/..", "data/a/b")) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ZipOutputStream zip = new ZipOutputStream(out)) {
                zip.putNextEntry(new ZipEntry(path));
            }
            assertThatThrownBy(() -> Restore.stage(new ByteArrayInputStream(out.toByteArray()), home))
                    .hasMessage("this is no backup of a gateway: it holds '" + path + "'");
        }
        assertThatThrownBy(() -> Restore.stage(new ByteArrayInputStream(bytes("text")), home))
                .hasMessage("this is no backup: it is no zip");
        assertThat(Restore.waiting(home)).isEmpty();
    }

    @Test
    void goesWithoutADamagedArtefact() throws IOException {
        Files.writeString(home.resolve("data/artefacts").resolve(artefact), "other");
        Manifest manifest = backup.restore(new ByteArrayInputStream(write()));
        assertThat(manifest.files()).containsKey("data/state.db").doesNotContainKey("data/artefacts/" + artefact);
    }

    @Test
    void keepsArtefactsWhileItIsWritten() throws IOException {
        Files.setLastModifiedTime(
                home.resolve("data/artefacts").resolve(artefact), java.nio.file.attribute.FileTime.fromMillis(0));
        FileArtefactStore later = new FileArtefactStore(home.resolve("data/artefacts"), Clock.systemUTC());
        try (FileArtefactStore.Hold hold = later.hold()) {
            later.retain(Set.of());
            assertThat(hold.all()).containsExactly(artefact);
        }
        later.retain(Set.of());
        assertThat(later.contains(artefact)).isFalse();
    }

    @Test
    void canBeCancelled() throws IOException {
        backup.restore(new ByteArrayInputStream(write()));
        assertThat(backup.waiting()).isPresent();
        backup.cancel();
        backup.cancel();
        assertThat(backup.waiting()).isEmpty();
        assertThat(home.resolve("restore")).doesNotExist();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
