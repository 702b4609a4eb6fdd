package io.margay.scheduler.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.FunctionMode;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.spi.Json;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CronTimersTest {
    /** Stands until it is set. */
    private static final class SetClock extends Clock {
        private volatile Instant now = Instant.parse("1970-01-01T00:00:30Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private final SetClock clock = new SetClock();
    private final CronTimers timers = new CronTimers(clock);
    private final List<String> fired = new CopyOnWriteArrayList<>();

    @BeforeEach
    void connect() {
        timers.setInvoker((function, invocation) -> {
            try {
                fired.add(function + " " + Json.readObject(invocation.event()).get("triggerTime"));
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            }
            return CompletableFuture.completedFuture(new byte[0]);
        });
    }

    @AfterEach
    void stop() {
        timers.stop();
    }

    private static EdgeInstance.Function function(String name, String cron) {
        return new EdgeInstance.Function(
                name,
                new Code.Artefact("0"),
                Language.JAVA,
                Optional.empty(),
                Optional.empty(),
                "",
                FunctionMode.ON_DEMAND,
                Isolation.BUNDLE,
                Optional.empty(),
                Duration.ofSeconds(5),
                Duration.ofMinutes(20),
                1,
                1,
                100,
                Configuration.EMPTY,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE,
                List.of(new EdgeInstance.Timer("t", cron, Optional.of("UTC"), "x")));
    }

    private void at(String time) {
        clock.now = Instant.parse(time);
        timers.look();
    }

    @Test
    void firesOnceEachMinute() {
        timers.apply(List.of(function("f", "* * * * *")));
        at("1970-01-01T00:00:59Z");
        assertThat(fired).isEmpty();
        at("1970-01-01T00:01:00Z");
        at("1970-01-01T00:01:00.5Z");
        at("1970-01-01T00:02:01Z");
        assertThat(fired).containsExactly("f 1970-01-01T00:01:00Z", "f 1970-01-01T00:02:00Z");
        assertThat(timers.list()).singleElement().satisfies(status -> {
            assertThat(status.fired()).isEqualTo(2);
            assertThat(status.next()).hasSize(5).first().hasToString("1970-01-01T00:03Z[UTC]");
        });
    }

    @Test
    void aJumpOf56YearsFiresNothingThatLiesBetweenAndGoesOn() {
        timers.apply(List.of(function("f", "* * * * *")));
        at("2026-11-21T12:00:30Z");
        assertThat(fired).isEmpty();
        at("2026-11-21T12:01:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:01:00Z");
    }

    @Test
    void aJumpOfAnHourBackDoesNotStall() {
        clock.now = Instant.parse("2026-11-21T12:00:30Z");
        timers.look();
        timers.apply(List.of(function("f", "* * * * *")));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T11:01:10Z");
        at("2026-11-21T11:02:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:01:00Z", "f 2026-11-21T11:02:00Z");
    }

    @Test
    void aTimerThatStaysGoesOnAndOneThatGoesDoesNotFire() {
        timers.apply(List.of(function("f", "* * * * *"), function("g", "* * * * *")));
        at("1970-01-01T00:01:00Z");
        timers.apply(List.of(function("f", "* * * * *")));
        at("1970-01-01T00:02:00Z");
        assertThat(fired).containsExactly("f 1970-01-01T00:01:00Z", "g 1970-01-01T00:01:00Z", "f 1970-01-01T00:02:00Z");
        assertThat(timers.list()).singleElement().extracting("fired").isEqualTo(2L);
    }
}
