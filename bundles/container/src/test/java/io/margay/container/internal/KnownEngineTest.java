package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownEngineTest {
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    Path folder;

    private KnownEngine known(Duration wait) {
        return new KnownEngine(folder.resolve("data/container-engine"), wait);
    }

    @Test
    void oneThatWasThereIsExpected() {
        KnownEngine first = known(LONG);
        assertThat(first.isExpected()).isFalse();
        assertThat(first.giveUp()).as("none was waited for").isFalse();
        first.found();
        assertThat(known(LONG).isExpected()).isTrue();
    }

    @Test
    void oneThatDoesNotComeInTimeIsNotExpectedTheNextTime() {
        known(LONG).found();
        KnownEngine second = known(Duration.ZERO);
        assertThat(second.isExpected()).isFalse();
        assertThat(second.giveUp()).isTrue();
        assertThat(second.giveUp()).as("once").isFalse();
        assertThat(known(LONG).isExpected()).isFalse();
    }
}
