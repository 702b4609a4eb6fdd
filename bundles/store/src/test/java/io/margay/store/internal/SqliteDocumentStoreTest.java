package io.margay.store.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteDocumentStoreTest {
    @TempDir
    Path home;

    private Path data;
    private Path file;
    private Path copy;
    private SqliteDocumentStore store;

    @BeforeEach
    void open() throws IOException {
        data = Files.createDirectories(home.resolve("da?ta %20ü"));
        file = data.resolve("state.db");
        copy = data.resolve("state.db~");
        reopen();
    }

    @AfterEach
    void close() throws IOException {
        if (store != null) {
            store.close();
            store = null;
        }
    }

    private void reopen() throws IOException {
        close();
        store = new SqliteDocumentStore(data, home.resolve("cache"));
    }

    @Test
    void readsWhatWasWritten() throws IOException {
        assertThat(store.read("current")).isEmpty();
        write("current", "one");
        assertThat(read("current")).isEqualTo("one");
        write("current", "");
        assertThat(read("current")).isEmpty();
        store.delete("current");
        assertThat(store.read("current")).isEmpty();
        assertThat(store.names("")).isEmpty();
    }

    @Test
    void keepsItBeyondTheEnd() throws IOException {
        write("a.one", "1");
        write("a.two", "2");
        write("b", "3");
        store.change(Map.of("a.two", bytes("4"), "c", bytes("5")), Set.of("b", "never"));
        reopen();
        assertThat(store.names("a.")).containsExactly("a.one", "a.two");
        assertThat(store.names("")).containsExactly("a.one", "a.two", "c");
        assertThat(read("a.two")).isEqualTo("4");
        assertThat(read("c")).isEqualTo("5");
    }

    @Test
    void keepsWhatIsOnlyInTheLogOfAKilledGateway() throws IOException {
        write("current", "one");
        Path elsewhere = Files.createDirectories(home.resolve("killed"));
        for (String name : List.of("state.db", "state.db-wal")) {
            Files.copy(data.resolve(name), elsewhere.resolve(name));
        }
        try (SqliteDocumentStore second = new SqliteDocumentStore(elsewhere, home.resolve("cache"))) {
            assertThat(second.read("current"))
                    .hasValueSatisfying(v -> assertThat(v).isEqualTo(bytes("one")));
        }
    }

    @Test
    void changesNothingWhereOneNameIsWrong() throws IOException {
        write("current", "one");
        assertThatThrownBy(() -> store.change(Map.of("current", bytes("two"), "../x", bytes("3")), Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.read("../x")).isInstanceOf(IllegalArgumentException.class);
        assertThat(read("current")).isEqualTo("one");
    }

    /** A document that is too large for the heap must not be the last one. */
    @Test
    void writesAgainAfterAChangeThatBrokeOff() throws IOException {
        write("current", "one");
        Map<String, byte[]> broken = new TreeMap<>(Map.of("a", bytes("1"), "b", bytes("2"))) {
            @Override
            public Set<Map.Entry<String, byte[]>> entrySet() {
                throw new OutOfMemoryError("as if");
            }
        };
        assertThatThrownBy(() -> store.change(broken, Set.of("current"))).isInstanceOf(OutOfMemoryError.class);
        assertThat(read("current")).isEqualTo("one");
        write("current", "two");
        reopen();
        assertThat(read("current")).isEqualTo("two");
        assertThat(store.names("")).containsExactly("current");
    }

    @Test
    void onlyTheOwnerMayRead() throws IOException {
        write("current", "one");
        close();
        for (Path path : List.of(file, copy)) {
            assertThat(Files.getPosixFilePermissions(path)).as(path.toString()).hasSize(2);
        }
    }

    /** Whatever is damaged, each document is what was written, or an error names it. */
    @Test
    void repairsFromTheCopy() throws IOException {
        Map<String, byte[]> written = fill();
        close();
        byte[] whole = Files.readAllBytes(file);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int repaired = 0;
        for (int i = 0; i < 150; i++) {
            byte[] damaged = damage(whole, random);
            Files.write(file, damaged);
            reopen();
            assertThat(store.names("")).as("seed %d, case %d", seed, i).containsExactlyElementsOf(names(written));
            for (Map.Entry<String, byte[]> document : written.entrySet()) {
                assertThat(store.read(document.getKey()).orElseThrow())
                        .as("seed %d, case %d, %s", seed, i, document.getKey())
                        .isEqualTo(document.getValue());
            }
            write("after", "works");
            store.delete("after");
            close();
            if (Files.deleteIfExists(data.resolve("state.db.damaged"))) {
                repaired++;
            }
            Files.write(file, whole);
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        System.out.println("SqliteDocumentStoreTest: damaged databases: 150, rebuilt: " + repaired + ", wrong: 0");
    }

    /** SQLite believes what its header says. */
    @Test
    void survivesADamagedHeader() throws IOException {
        write("current", "one");
        close();
        byte[] whole = Files.readAllBytes(file);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int at = 0; at < 100; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            reopen();
            assertThat(read("current")).as("byte %d, seed %d", at, seed).isEqualTo("one");
            write("after", "works");
            assertThat(store.names("")).as("byte %d, seed %d", at, seed).containsExactly("after", "current");
            close();
            Files.write(file, whole);
            Files.write(copy, whole);
        }
    }

    @Test
    void takesNewerDocumentsFromTheDamagedFile() throws IOException {
        Map<String, byte[]> written = fill();
        close();
        byte[] old = Files.readAllBytes(copy);
        reopen();
        write("newer", "since the copy");
        close();
        byte[] whole = Files.readAllBytes(file);
        int taken = 0;
        int pages = whole.length / 4096;
        for (int page = 1; page < pages; page++) {
            byte[] damaged = whole.clone();
            Arrays.fill(damaged, page * 4096, (page + 1) * 4096, (byte) 0);
            Files.write(file, damaged);
            Files.write(copy, old);
            reopen();
            taken += store.read("newer").isPresent() ? 1 : 0;
            for (Map.Entry<String, byte[]> document : written.entrySet()) {
                assertThat(store.read(document.getKey()).orElseThrow())
                        .as("page %d, %s", page, document.getKey())
                        .isEqualTo(document.getValue());
            }
            close();
        }
        assertThat(taken).as("of %d", pages - 1).isGreaterThan(pages * 3 / 4);
    }

    @Test
    void refusesWhenTheCopyIsDamagedToo() throws IOException {
        fill();
        close();
        for (Path path : List.of(file, copy)) {
            byte[] all = Files.readAllBytes(path);
            Files.write(path, Arrays.copyOf(all, all.length / 2));
        }
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(this::reopen)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("margay restore");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void refusesADamagedDocumentThatTheCopyDoesNotHave() throws IOException {
        String secret = "a text that can be found in the file";
        write("good", "good");
        close();
        byte[] old = Files.readAllBytes(copy);
        reopen();
        write("bad", secret);
        close();
        Files.write(copy, old);
        byte[] all = Files.readAllBytes(file);
        int at = new String(all, StandardCharsets.ISO_8859_1).indexOf(secret);
        all[at] ^= 1;
        Files.write(file, all);
        reopen();
        assertThat(read("good")).isEqualTo("good");
        assertThat(store.names("")).containsExactly("bad", "good");
        assertThatThrownBy(() -> store.read("bad")).hasMessageContaining("document bad in " + file);
    }

    @Test
    void goesOnWhereTheFileIsGone() throws IOException {
        write("current", "one");
        close();
        Files.delete(file);
        reopen();
        assertThat(read("current")).isEqualTo("one");
    }

    @Test
    void refusesADatabaseOfALaterVersion() throws Exception {
        write("current", "one");
        close();
        try (Connection connection = Sqlite.open(file)) {
            Sqlite.execute(connection, "PRAGMA user_version = 99");
            Sqlite.execute(connection, "UPDATE seal SET version = 99");
        }
        assertThatThrownBy(this::reopen)
                .hasMessageContaining("later version of Margay")
                .hasMessageContaining("99");
    }

    @Test
    void migratesInSteps() throws Exception {
        Path other = home.resolve("steps.db");
        List<List<String>> first = Migrations.STEPS;
        try (Database database = Database.open(other, new Migrations(first))) {
            database.change(Map.of("a", bytes("1")), Set.of());
        }
        List<List<String>> both = List.of(first.get(0), List.of("CREATE TABLE more (x INTEGER)"));
        try (Database database = Database.open(other, new Migrations(both))) {
            assertThat(database.read("a")).isPresent();
        }
        assertThatThrownBy(() -> Database.open(other, new Migrations(first))).hasMessageContaining("later version");
        List<List<String>> bad = List.of(first.get(0), both.get(1), List.of("CREATE TABLE more2 (x)", "no SQL"));
        assertThatThrownBy(() -> Database.open(other, new Migrations(bad))).isInstanceOf(IOException.class);
        try (Database database = Database.open(other, new Migrations(both))) {
            assertThat(database.read("a")).isPresent();
        }
    }

    @Test
    void takesOverTheDocumentsThatWereFiles() throws IOException {
        Path former = Files.createDirectories(home.resolve("former/documents"));
        file(former.resolve("current"), "one");
        file(former.resolve("damaged~"), "two");
        Files.writeString(former.resolve("damaged"), "margay-document 1 nonsense");
        Files.writeString(former.resolve("current~tmp"), "half");
        try (SqliteDocumentStore second = new SqliteDocumentStore(former.getParent(), home.resolve("cache"))) {
            assertThat(second.names("")).containsExactly("current", "damaged");
            assertThat(second.read("current").orElseThrow()).isEqualTo(bytes("one"));
            assertThat(second.read("damaged").orElseThrow()).isEqualTo(bytes("two"));
        }
    }

    @Test
    void unpacksTheLibraryAnewWhereItIsDamaged() throws IOException {
        // The driver has loaded it by now, so only what is written is looked at.
        Path cache = home.resolve("another");
        String[] names = {"margay.store.sqlite", "org.sqlite.lib.path", "org.sqlite.lib.name"};
        List.of(names).forEach(System::clearProperty);
        NativeLibrary.prepare(cache);
        Path library = Path.of(System.getProperty("org.sqlite.lib.path"), System.getProperty("org.sqlite.lib.name"));
        byte[] whole = Files.readAllBytes(library);
        Files.write(library, Arrays.copyOf(whole, 1000));
        List.of(names).forEach(System::clearProperty);
        NativeLibrary.prepare(cache);
        assertThat(Files.readAllBytes(library)).isEqualTo(whole);
        NativeLibrary.prepare(cache);
        assertThat(System.getProperty("org.sqlite.lib.path"))
                .as("another class loader needs another file")
                .isNull();
    }

    private Map<String, byte[]> fill() throws IOException {
        Map<String, byte[]> written = new HashMap<>();
        for (int i = 0; i < 40; i++) {
            byte[] content = new byte[i * 300];
            new Random(i).nextBytes(content);
            String name = "document-" + i;
            written.put(name, content);
            store.write(name, content);
        }
        return written;
    }

    private static byte[] damage(byte[] whole, Random random) {
        byte[] damaged = whole.clone();
        switch (random.nextInt(4)) {
            case 0 -> damaged[random.nextInt(100)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            default -> {
                int page = random.nextInt(damaged.length / 4096) * 4096;
                Arrays.fill(damaged, page, page + 4096, (byte) 0);
            }
        }
        return damaged;
    }

    private static List<String> names(Map<String, byte[]> written) {
        return written.keySet().stream().sorted().toList();
    }

    private static void file(Path path, String content) throws IOException {
        var digest = Digests.sha256();
        digest.update(bytes(content));
        Files.writeString(path, "margay-document 1 " + Digests.hex(digest) + "\n" + content);
    }

    private void write(String name, String content) throws IOException {
        store.write(name, bytes(content));
    }

    private String read(String name) throws IOException {
        return new String(store.read(name).orElseThrow(), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
