package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChildrenTest {
    @Test
    void leavesNothingBehind() throws Exception {
        Path folder;
        Process process;
        ProcessHandle grandchild;
        try (Children children = new Children("margay-test")) {
            folder = children.folder();
            Files.createDirectories(folder.resolve("a/b"));
            Files.writeString(folder.resolve("a/b/c"), "x");
            process = children.start(new ProcessBuilder("sh", "-c", "sleep 600 & echo started; wait"));
            assertThat(process.inputReader().readLine()).isEqualTo("started");
            grandchild = process.descendants().findFirst().orElseThrow();
        }
        assertThat(process.isAlive()).isFalse();
        grandchild.onExit().get(10, TimeUnit.SECONDS);
        assertThat(folder).doesNotExist();
    }

    @Test
    void startsNothingAfterTheEnd() throws Exception {
        Children children = new Children("margay-test");
        children.close();
        assertThat(children.ended()).isTrue();
        assertThatThrownBy(() -> children.start(new ProcessBuilder("sleep", "600")))
                .hasMessage("interrupted");
    }
}
