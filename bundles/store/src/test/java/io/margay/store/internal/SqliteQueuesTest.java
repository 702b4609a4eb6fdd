package io.margay.store.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.spi.StoredQueue;
import io.margay.spi.StoredQueue.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteQueuesTest {
    @TempDir
    private Path folder;

    private Path data;
    private int saved;
    private SqliteQueues queues;

    @BeforeEach
    void open() throws IOException {
        data = Files.createDirectories(folder.resolve("data"));
        queues = new SqliteQueues(data);
    }

    @AfterEach
    void close() throws IOException {
        queues.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static long add(StoredQueue queue, String text) {
        return queue.add(bytes(text)).join();
    }

    private static List<String> texts(StoredQueue queue) throws IOException {
        return queue.read(0, Integer.MAX_VALUE, Long.MAX_VALUE).stream()
                .map(entry -> new String(entry.content(), StandardCharsets.UTF_8))
                .toList();
    }

    /** The next gateway after one that was killed now: it finds the files as they are. */
    private SqliteQueues afterAKill() throws IOException {
        Path copy = Files.createDirectories(folder.resolve("copy-" + System.nanoTime()));
        try (Stream<Path> files = Files.list(data)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return new SqliteQueues(copy);
    }

    @Test
    void whatWasAddedSurvivesAKill() throws Exception {
        assertThat(queues.any()).isFalse();
        StoredQueue queue = queues.open("a");
        assertThat(queues.any()).isTrue();
        long first = add(queue, "1");
        add(queue, "2");
        add(queues.open("b"), "other");
        queue.remove(first);
        add(queue, "3"); // and with it the removal is written
        try (SqliteQueues next = afterAKill()) {
            assertThat(next.open("a").size()).isEqualTo(2);
            assertThat(texts(next.open("a"))).containsExactly("2", "3");
            assertThat(texts(next.open("b"))).containsExactly("other");
        }
    }

    @Test
    void aRemovalIsWrittenAtTheEndAtTheLatest() throws Exception {
        StoredQueue queue = queues.open("a");
        queue.remove(add(queue, "1"));
        queues.close();
        try (SqliteQueues next = new SqliteQueues(data)) {
            assertThat(next.open("a").size()).isZero();
            assertThat(texts(next.open("a"))).isEmpty();
        }
    }

    @Test
    void numbersAreNeverUsedTwice() throws Exception {
        StoredQueue queue = queues.open("a");
        long last = 0;
        for (int i = 0; i < 3; i++) {
            last = add(queue, "" + i);
            queue.remove(last);
        }
        queues.close();
        try (SqliteQueues next = new SqliteQueues(data)) {
            assertThat(add(next.open("a"), "later")).isGreaterThan(last);
        }
    }

    @Test
    void readsInPortions() throws Exception {
        StoredQueue queue = queues.open("a");
        IntStream.range(0, 10).forEach(i -> add(queue, "0123456789"));
        List<Entry> three = queue.read(0, 3, Long.MAX_VALUE);
        assertThat(three).hasSize(3);
        assertThat(queue.read(three.get(2).number(), 100, 25)).hasSize(3);
        assertThat(queue.read(9, 100, 1)).as("one in any case").hasSize(1);
        assertThat(queue.read(10, 100, 1)).isEmpty();
    }

    @Test
    void oneOfTheSameNameAsADeletedOneIsEmpty() throws Exception {
        StoredQueue queue = queues.open("a");
        add(queue, "1");
        CompletableFuture<Long> late = queue.add(bytes("on its way"));
        queue.delete();
        StoredQueue again = queues.open("a");
        late.join();
        assertThat(again.size()).isZero();
        assertThat(texts(again)).isEmpty();
        add(again, "new");
        assertThat(queue.add(bytes("too late"))).isCompletedExceptionally();
        try (SqliteQueues next = afterAKill()) {
            assertThat(texts(next.open("a"))).containsExactly("new");
        }
    }

    @Test
    void manyAddAtATimeAndEachFindsItsOwnInOrder() throws Exception {
        StoredQueue queue = queues.open("a");
        int each = 500;
        List<Thread> threads = new ArrayList<>();
        List<Long> completed = new ArrayList<>();
        for (String name : List.of("x", "y", "z")) {
            threads.add(new Thread(() -> IntStream.range(0, each).forEach(i -> {
                synchronized (completed) { // so that it waits for each before the next can be there
                    queue.add(bytes(name + i)).thenAccept(number -> {
                        synchronized (completed) {
                            completed.add(number);
                        }
                    });
                }
            })));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        add(queue, "end");
        assertThat(completed).hasSize(3 * each).isSorted();
        List<String> all = texts(queue);
        for (String name : List.of("x", "y", "z")) {
            assertThat(all.stream().filter(text -> text.startsWith(name)))
                    .containsExactlyElementsOf(
                            IntStream.range(0, each).mapToObj(i -> name + i).toList());
        }
    }

    @Test
    void anEntryThatIsNotWhatWasWrittenIsLeftOut() throws Exception {
        StoredQueue queue = queues.open("a");
        add(queue, "good one");
        add(queue, "to be damaged");
        add(queue, "good two");
        queues.close();
        Path file = data.resolve(SqliteQueues.FILE);
        byte[] all = Files.readAllBytes(file);
        int at = new String(all, StandardCharsets.ISO_8859_1).indexOf("to be damaged");
        all[at] ^= 1;
        Files.write(file, all);
        try (SqliteQueues next = new SqliteQueues(data)) {
            StoredQueue read = next.open("a");
            assertThat(texts(read)).containsExactly("good one", "good two");
        }
        try (SqliteQueues next = new SqliteQueues(data)) {
            assertThat(next.open("a").size()).as("it was removed").isEqualTo(2);
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsPutAside() throws Exception {
        Path file = data.resolve(SqliteQueues.FILE);
        Files.write(file, bytes("not what SQLite wrote".repeat(100)));
        StoredQueue queue = queues.open("a");
        add(queue, "1");
        assertThat(texts(queue)).containsExactly("1");
        assertThat(data.resolve(SqliteQueues.FILE + ".damaged")).content().startsWith("not what SQLite wrote");
    }

    /** Whichever page it is. */
    @Test
    void ofADamagedFileIsSavedWhatCanBeRead() throws Exception {
        StoredQueue queue = queues.open("a");
        IntStream.range(0, 300).forEach(i -> add(queue, i + " ".repeat(200)));
        String id = queue.id();
        queues.close();
        Path file = data.resolve(SqliteQueues.FILE);
        byte[] whole = Files.readAllBytes(file);
        for (int page = 1; page < whole.length / 4096; page++) {
            byte[] damaged = whole.clone();
            Arrays.fill(damaged, page * 4096, page * 4096 + 200, (byte) 7);
            Files.write(file, damaged);
            try (SqliteQueues next = new SqliteQueues(data)) {
                StoredQueue read = next.open("a");
                List<String> texts = texts(read);
                assertThat(texts)
                        .as("page %d", page)
                        .hasSizeLessThanOrEqualTo(300)
                        .doesNotHaveDuplicates();
                assertThat(read.size()).isEqualTo(texts.size());
                if (read.id().equals(id)) {
                    saved = Math.max(saved, texts.size());
                }
                add(read, "goes on");
                assertThat(texts(read)).endsWith("goes on");
            }
            Files.delete(data.resolve(SqliteQueues.FILE + ".damaged"));
        }
        assertThat(saved).as("where one page of entries is damaged").isGreaterThan(250);
    }

    @Test
    void eachQueueHasAnIdOfItsOwn() throws Exception {
        StoredQueue queue = queues.open("a");
        String id = queue.id();
        assertThat(queues.open("b").id()).isNotEqualTo(id);
        queue.delete();
        assertThat(queues.open("a").id()).isNotEqualTo(id);
        id = queues.open("a").id();
        queues.close();
        try (SqliteQueues next = new SqliteQueues(data)) {
            assertThat(next.open("a").id()).isEqualTo(id);
        }
    }

    @Test
    void nobodyWaitsForAWriterThatIsNotThere() throws Exception {
        QueueDatabase database = QueueDatabase.open(data.resolve(SqliteQueues.FILE));
        QueueWriter writer = new QueueWriter(database);
        StoredQueue queue = new SqliteQueue("a", database.find("a"), database, writer);
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("margay-queues")) {
                thread.interrupt();
                thread.join();
            }
        }
        CompletableFuture<Long> added = queue.add(bytes("1"));
        assertThatThrownBy(() -> added.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
        writer.close();
    }

    @Test
    void whatCantBeWrittenIsToldAndItGoesOnWhenItCan() throws Exception {
        QueueDatabase database = QueueDatabase.open(data.resolve(SqliteQueues.FILE));
        QueueWriter writer = new QueueWriter(database);
        StoredQueue queue = new SqliteQueue("a", database.find("a"), database, writer);
        long first = add(queue, "1");
        database.limitPages(1);
        queue.remove(first);
        CompletableFuture<Long> failing = queue.add(new byte[100_000]);
        assertThatThrownBy(failing::join)
                .hasCauseInstanceOf(IOException.class)
                .hasMessageContaining(SqliteQueues.FILE)
                .hasMessageContaining("no space left on the disk");
        database.limitPages(1_000_000);
        add(queue, "2");
        try (SqliteQueues next = afterAKill()) {
            assertThat(texts(next.open("a")))
                    .as("the removal that failed is made up for")
                    .containsExactly("2");
        }
        writer.close();
    }

    @Test
    void nothingIsTakenOnceItIsClosed() throws Exception {
        StoredQueue queue = queues.open("a");
        queues.close();
        assertThatThrownBy(() -> add(queue, "1")).hasMessageContaining("stops");
        assertThatThrownBy(() -> queues.open("b")).isInstanceOf(IOException.class);
    }
}
