package io.margay.security.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong now = new AtomicLong(-5);
    private final Throttle throttle = new Throttle(now::get);

    @Test
    void closesAfterFiveFailuresForEachTimeTwiceAsLong() {
        for (int i = 0; i < 4; i++) {
            assertThat(throttle.failed()).isZero();
        }
        assertThat(throttle.open()).isTrue();
        assertThat(throttle.failed()).isEqualTo(1);
        assertThat(throttle.open()).isFalse();
        now.addAndGet(SECOND);
        assertThat(throttle.open()).isTrue();
        assertThat(throttle.failed()).isEqualTo(2);
        for (int i = 0; i < 100; i++) {
            throttle.failed();
        }
        assertThat(throttle.failed()).isEqualTo(60);
        now.addAndGet(60 * SECOND);
        assertThat(throttle.open()).isTrue();
        throttle.succeeded();
        assertThat(throttle.failed()).isZero();
    }
}
