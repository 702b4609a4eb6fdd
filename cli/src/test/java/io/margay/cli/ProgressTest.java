package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final int MB = 1024 * 1024;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private long now;

    private Progress progress(boolean live, boolean colours, int width) {
        Terminal terminal = new Terminal(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                live,
                colours,
                Optional.empty());
        return new Progress(terminal, () -> width, () -> now);
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void drawsABarOnATerminalAndTakesItAway() {
        Progress progress = progress(true, false, 60);
        progress.bytes("uploading core.zip", 8 * MB);
        progress.at(MB, 8 * MB);
        assertThat(out()).as("what is done at once shows nothing").isEmpty();
        pass(300);
        progress.at(2 * MB, 8 * MB);
        assertThat(out()).isEqualTo("\ruploading core.zip  [####------------]  25 %, 2.0 of 8.0 MB");
        progress.at(3 * MB, 8 * MB);
        assertThat(out()).as("not at each buffer").hasSize(60);
        pass(300);
        progress.at(8 * MB, 8 * MB);
        assertThat(out()).endsWith("[###############]  100 %, 8.0 of 8.0 MB");
        progress.end();
        assertThat(out()).endsWith("\r" + " ".repeat(59) + "\r");
        assertThat(err()).isEmpty();
    }

    @Test
    void keepsWithinTheWidth() {
        for (int width : new int[] {1, 20, 30, 40, 80, 200}) {
            out.reset();
            Progress progress = progress(true, false, width);
            progress.bytes("downloading a-rather-long-name-of-a-driver.zip", 50 * MB);
            pass(300);
            progress.at(25 * MB, 50 * MB);
            assertThat(out().substring(1).length()).as("%d columns", width).isLessThan(Math.max(20, width));
            assertThat(out()).contains("50 %");
            assertThat(out().contains("[")).isEqualTo(width >= 30);
        }
    }

    @Test
    void coloursOnlyWhereTheyAreWanted() {
        Progress plain = progress(true, false, 80);
        plain.steps("deploying");
        pass(300);
        plain.at(1, 2);
        assertThat(out()).doesNotContain("\u001b").contains("50 %, 1 of 2 changes");
        Progress coloured = progress(true, true, 80);
        coloured.steps("deploying");
        pass(300);
        coloured.at(1, 2);
        assertThat(out()).contains("\u001b[36m####");
    }

    @Test
    void writesLinesWhereOutputIsPiped() {
        Progress progress = progress(false, false, 80);
        progress.bytes("uploading core.zip", 8 * MB);
        pass(900);
        progress.at(MB, 8 * MB);
        assertThat(err()).isEmpty();
        pass(200);
        progress.at(2 * MB, 8 * MB);
        pass(1000);
        progress.at(4 * MB, 8 * MB);
        pass(2000);
        progress.at(6 * MB, 8 * MB);
        progress.at(8 * MB, 8 * MB);
        progress.end();
        assertThat(err().lines())
                .containsExactly(
                        "uploading core.zip: 25 %, 2.0 of 8.0 MB",
                        "uploading core.zip: 75 %, 6.0 of 8.0 MB", "uploading core.zip: 100 %, 8.0 of 8.0 MB");
        progress.steps("deploying");
        progress.note("apply  driver plc  works\r");
        progress.end();
        assertThat(err()).endsWith("apply  driver plc  works\uFFFD\n");
        assertThat(out()).isEmpty();
    }

    @Test
    void countsWhatIsRead() throws Exception {
        Progress progress = progress(true, false, 80);
        progress.bytes("x", 2 * MB);
        pass(300);
        try (InputStream in = progress.counting(new ByteArrayInputStream(new byte[2 * MB]), 2 * MB)) {
            assertThat(in.read()).isZero();
            pass(300);
            assertThat(in.readAllBytes()).hasSize(2 * MB - 1);
        }
        assertThat(out()).contains("  0 %, 0.0 of 2.0 MB").contains("0 of 2.0 MB");
        Progress.NONE.bytes("x", 1);
        Progress.NONE.at(1, 1);
        Progress.NONE.note("y");
        Progress.NONE.end();
    }
}
