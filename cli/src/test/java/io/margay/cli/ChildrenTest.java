package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildrenTest {
    @TempDir
    Path parent;

    @Test
    void leavesNothingBehind() throws Exception {
        List<String> last = new ArrayList<>();
        Path folder;
        Process process;
        ProcessHandle grandchild;
        try (Children children = new Children(parent, "margay-test", () -> last.add("ended"))) {
            folder = children.folder();
            Files.createDirectories(folder.resolve("a/b"));
            Files.writeString(folder.resolve("a/b/c"), "x");
            process = children.start(new ProcessBuilder("sh", "-c", "sleep 600 & echo started; wait"));
            assertThat(process.inputReader().readLine()).isEqualTo("started");
            grandchild = process.descendants().findFirst().orElseThrow();
        }
        assertThat(process.isAlive()).isFalse();
        grandchild.onExit().get(10, TimeUnit.SECONDS);
        assertThat(parent).isEmptyDirectory();
        assertThat(last).containsExactly("ended");
    }

    @Test
    void removesWhatOneThatWasKilledLeftAndNothingElse() throws Exception {
        Path abandoned = Files.createDirectories(parent.resolve("margay-test1"));
        Files.writeString(abandoned.resolve("owner"), "");
        Files.createDirectories(abandoned.resolve("home/run"));
        Files.writeString(abandoned.resolve("home/run/lock"), "1");
        Path foreign = Files.createDirectories(parent.resolve("margay-test2"));
        try (Children first = new Children(parent, "margay-test", () -> {})) {
            assertThat(abandoned).doesNotExist();
            assertThat(foreign).isDirectory();
            assertThat(first.folder()).isDirectory();
        }
    }

    @Test
    void startsNothingAfterTheEnd() throws Exception {
        Children children = new Children(parent, "margay-test", () -> {});
        children.close();
        assertThat(children.ended()).isTrue();
        assertThatThrownBy(() -> children.start(new ProcessBuilder("sleep", "600")))
                .hasMessage("interrupted");
    }
}
