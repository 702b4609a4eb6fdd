package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrozenTimeTest {
    @TempDir
    Path folder;

    private Duration left(String memory, long been) throws Exception {
        Path file = Files.writeString(folder.resolve("meminfo"), memory);
        return new FrozenTime(Duration.ofHours(1), 10, file).left(Duration.ofMinutes(been));
    }

    @Test
    void whatIsFrozenGoesWhenMemoryIsShortOrItsTimeIsOver() throws Exception {
        String enough = "MemTotal:  1000000 kB\nMemFree:  1 kB\nMemAvailable:  100000 kB\n";
        assertThat(left(enough, 20)).isEqualTo(Duration.ofMinutes(40));
        assertThat(left(enough, 61)).isZero();
        assertThat(left(enough.replace(" 100000 ", " 99999 "), 20)).isZero();
    }

    @Test
    void whereTheKernelDoesNotTellOnlyTimeCounts() {
        assertThat(new FrozenTime(Duration.ofHours(1), 10, folder.resolve("none")).left(Duration.ZERO))
                .isEqualTo(Duration.ofHours(1));
    }
}
