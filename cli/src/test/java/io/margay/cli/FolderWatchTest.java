package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderWatchTest {
    @TempDir
    Path folder;

    @TempDir
    Path elsewhere;

    private final FolderWatch watch = new FolderWatch();

    @BeforeEach
    void begin() throws Exception {
        Files.writeString(folder.resolve("index.py"), "1");
        Files.createDirectories(folder.resolve("target"));
        watch.begin(folder, List.of(elsewhere));
    }

    private CompletableFuture<Long> noticed() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return watch.await(folder, List.of(elsewhere));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void seen(CompletableFuture<Long> noticed) throws Exception {
        assertThat(noticed.get(30, TimeUnit.SECONDS)).isLessThanOrEqualTo(System.nanoTime());
    }

    @Test
    void everyWayToSaveIsSeen() throws Exception {
        CompletableFuture<Long> written = noticed();
        Files.writeString(folder.resolve("index.py"), "22");
        seen(written);

        CompletableFuture<Long> renamed = noticed();
        Path whole = Files.writeString(folder.resolve(".saving"), "33");
        Files.move(whole, folder.resolve("index.py"), StandardCopyOption.ATOMIC_MOVE);
        seen(renamed);

        CompletableFuture<Long> made = noticed();
        Files.writeString(Files.createDirectories(folder.resolve("a/b")).resolve("c.py"), "1");
        seen(made);

        CompletableFuture<Long> removed = noticed();
        Files.delete(folder.resolve("index.py"));
        seen(removed);

        CompletableFuture<Long> beside = noticed();
        Files.writeString(elsewhere.resolve("library.py"), "1");
        seen(beside);
    }

    @Test
    void whatIsSavedTogetherIsOneChange() throws Exception {
        CompletableFuture<Long> first = noticed();
        for (int i = 0; i < 20; i++) {
            Files.writeString(folder.resolve("part" + i + ".py"), "1");
        }
        seen(first);
        assertQuiet();
    }

    @Test
    void whatIsBuiltOrHiddenIsNoChange() throws Exception {
        Files.writeString(folder.resolve("target/made.jar"), "1");
        Files.writeString(folder.resolve(".index.py.swp"), "1");
        Files.writeString(
                Files.createDirectories(folder.resolve("src/__pycache__")).resolve("index.pyc"), "1");
        assertQuiet();
    }

    /** Nothing is noticed until something else is changed. */
    private void assertQuiet() throws Exception {
        CompletableFuture<Long> next = noticed();
        long before = System.nanoTime();
        assertThat(waits(next)).isTrue();
        Files.writeString(folder.resolve("last.py"), "1");
        assertThat(next.get(30, TimeUnit.SECONDS)).isGreaterThan(before);
    }

    private static boolean waits(CompletableFuture<Long> next) throws Exception {
        try {
            next.get(400, TimeUnit.MILLISECONDS);
            return false;
        } catch (TimeoutException e) {
            return true;
        }
    }
}
