package io.margay.store.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDocumentStoreTest {
    @TempDir
    Path home;

    private Path folder;
    private FileDocumentStore store;

    @BeforeEach
    void open() throws IOException {
        folder = home.resolve("data/documents");
        store = new FileDocumentStore(folder);
    }

    @Test
    void readsWhatWasWritten() throws IOException {
        assertThat(store.read("current")).isEmpty();
        write("one");
        assertThat(read()).isEqualTo("one");
        write("");
        assertThat(read()).isEmpty();
        store.delete("current");
        assertThat(store.read("current")).isEmpty();
    }

    @Test
    void usesThePreviousCopyOfADamagedDocument() throws IOException {
        write("one");
        write("two");
        truncate("current");
        assertThat(read()).isEqualTo("one");
    }

    @Test
    void usesThePreviousCopyOfALostDocument() throws IOException {
        write("one");
        write("two");
        Files.delete(folder.resolve("current"));
        assertThat(read()).isEqualTo("one");
    }

    @Test
    void doesNotReplaceTheGoodCopyByTheDamagedOne() throws IOException {
        write("one");
        write("two");
        truncate("current");
        write("three");
        truncate("current");
        assertThat(read()).isEqualTo("one");
    }

    @Test
    void namesTheFileWhenBothCopiesAreDamaged() throws IOException {
        write("one");
        write("two");
        truncate("current");
        truncate("current~");
        assertThatThrownBy(this::read)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folder.resolve("current").toString())
                .hasMessageContaining("damaged");
    }

    @Test
    void goesOnOverWhatAnInterruptedWriteLeft() throws IOException {
        write("one");
        Files.writeString(folder.resolve("current~tmp"), "half");
        write("two");
        assertThat(read()).isEqualTo("two");
        assertThat(store.names("")).containsExactly("current");
    }

    @Test
    void refusesNamesThatLeaveTheFolder() {
        assertThatThrownBy(() -> store.read("../x")).isInstanceOf(IllegalArgumentException.class);
    }

    private void write(String content) throws IOException {
        store.write("current", content.getBytes(StandardCharsets.UTF_8));
    }

    private String read() throws IOException {
        return new String(store.read("current").orElseThrow(), StandardCharsets.UTF_8);
    }

    private void truncate(String name) throws IOException {
        byte[] all = Files.readAllBytes(folder.resolve(name));
        Files.write(folder.resolve(name), java.util.Arrays.copyOf(all, all.length - 1));
    }
}
