package io.margay.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void waitsLongerEachTimeAndForgetsAfterAGoodRun() {
        Backoff backoff = new Backoff();
        assertThat(backoff.next(Duration.ZERO)).isZero();
        assertThat(backoff.next(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
        assertThat(backoff.next(Duration.ofMinutes(9))).isEqualTo(Duration.ofSeconds(2));
        for (int i = 0; i < 100; i++) {
            assertThat(backoff.next(Duration.ZERO)).isLessThanOrEqualTo(Duration.ofMinutes(5));
        }
        assertThat(backoff.next(Duration.ZERO)).isEqualTo(Duration.ofMinutes(5));
        assertThat(backoff.next(Duration.ofMinutes(10))).isZero();
        assertThat(backoff.failures()).isEqualTo(105);
    }

    @Test
    void forgetsWhatSaysNothingOfTheNextFailure() {
        Backoff backoff = new Backoff();
        backoff.next(Duration.ZERO);
        backoff.next(Duration.ZERO);
        backoff.forget();
        assertThat(backoff.next(Duration.ZERO)).isZero();
        assertThat(backoff.failures()).isEqualTo(3);
    }
}
