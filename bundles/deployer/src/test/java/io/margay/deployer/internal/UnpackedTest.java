package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.packages.RawZip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedTest {
    @TempDir
    Path folder;

    private Path file(RawZip zip) throws IOException {
        return Files.write(folder.resolve("a.zip"), zip.bytes());
    }

    @Test
    void leavesNothingOfAPackageThatIsLargerThanItSays() throws Exception {
        Path file = file(new RawZip().add("x", new byte[100_000], RawZip.REGULAR, 0, 1000));
        Unpacked unpacked = new Unpacked(folder.resolve("unpacked"));
        assertThatThrownBy(() -> unpacked.folder("sha", file)).isInstanceOf(IOException.class);
        try (Stream<Path> left = Files.list(folder.resolve("unpacked"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void programsStayPrograms() throws Exception {
        Path file = file(new RawZip()
                .add("main", new byte[] {1}, 0, 0)
                .add("tool", new byte[] {1}, RawZip.EXECUTABLE, 0)
                .add("lib/data", new byte[] {2}, RawZip.REGULAR, 0));
        Path target = new Unpacked(folder.resolve("unpacked")).folder("sha", file);
        assertThat(target.resolve("main")).isExecutable().hasBinaryContent(new byte[] {1});
        assertThat(target.resolve("tool")).isExecutable();
        assertThat(Files.isExecutable(target.resolve("lib/data"))).isFalse();
    }

    /** A damaged one would be run: Python compares the time of the source only. */
    @Test
    void whatPythonCompiledIsNotKeptOverAStart() throws Exception {
        Path file = file(new RawZip().add("index.py", new byte[] {1}, RawZip.REGULAR, 0));
        Unpacked first = new Unpacked(folder.resolve("unpacked"));
        Path target = first.folder("sha", file);
        Path compiled = Files.createDirectories(target.resolve("__pycache__")).resolve("index.cpython-311.pyc");
        Files.write(compiled, new byte[] {2});
        assertThat(first.folder("sha", file)).isEqualTo(target);
        assertThat(compiled).as("it may be running").exists();
        new Unpacked(folder.resolve("unpacked")).folder("sha", file);
        assertThat(compiled).doesNotExist();
        assertThat(target.resolve("index.py")).hasBinaryContent(new byte[] {1});
    }
}
