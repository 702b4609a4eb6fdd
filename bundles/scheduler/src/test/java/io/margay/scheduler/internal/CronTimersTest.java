package io.margay.scheduler.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.FunctionMode;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.TimerMissed;
import io.margay.model.TimerOverlap;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.Json;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
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

    /** Keeps documents as long as the test, and counts changes. */
    private static final class Documents implements DocumentStore {
        private final Map<String, byte[]> all = new TreeMap<>();
        private int changes;

        @Override
        public Optional<byte[]> read(String name) {
            return Optional.ofNullable(all.get(name));
        }

        @Override
        public void change(Map<String, byte[]> written, Set<String> removed) throws IOException {
            changes++;
            all.putAll(written);
            all.keySet().removeAll(removed);
        }

        @Override
        public List<String> names(String prefix) {
            return all.keySet().stream().filter(name -> name.startsWith(prefix)).toList();
        }
    }

    private final SetClock clock = new SetClock();
    private final Documents documents = new Documents();
    private final List<String> fired = new CopyOnWriteArrayList<>();
    private final Deque<CompletableFuture<byte[]>> running = new ArrayDeque<>();
    private boolean hold;
    private CronTimers timers = timers();

    /** As at a start of the gateway. */
    private CronTimers timers() {
        CronTimers started = new CronTimers(documents, clock);
        started.setInvoker((function, invocation) -> {
            assertThat(invocation.attended()).isFalse();
            try {
                fired.add(function + " " + Json.readObject(invocation.event()).get("triggerTime"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            CompletableFuture<byte[]> call = new CompletableFuture<>();
            if (hold) {
                running.add(call);
            } else {
                call.complete(new byte[0]);
            }
            return call;
        });
        return started;
    }

    @AfterEach
    void stop() {
        timers.stop();
    }

    private static EdgeInstance.Timer timer(String cron, TimerOverlap overlap, TimerMissed missed) {
        return new EdgeInstance.Timer("t", cron, Optional.of("UTC"), "x", overlap, missed);
    }

    private static EdgeInstance.Function function(String name, EdgeInstance.Timer... timers) {
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
                List.of(timers));
    }

    private static EdgeInstance.Function function(String name, String cron) {
        return function(name, timer(cron, TimerOverlap.SKIP, TimerMissed.SKIP));
    }

    private static EdgeInstance.Function makesUp(String cron) {
        return function("f", timer(cron, TimerOverlap.SKIP, TimerMissed.ONCE));
    }

    private static EdgeInstance.Function minutely(TimerOverlap overlap) {
        return function("f", timer("* * * * *", overlap, TimerMissed.SKIP));
    }

    private void at(String time) {
        clock.now = Instant.parse(time);
        timers.look();
    }

    private void startedAt(String time, EdgeInstance.Function... functions) {
        timers.stop();
        clock.now = Instant.parse(time);
        timers = timers();
        timers.apply(List.of(functions));
        timers.look();
    }

    /** So that a call ends after it was called, and not within. */
    private void end(int calls) {
        for (int i = 0; i < calls; i++) {
            running.remove().complete(new byte[0]);
        }
    }

    private void assertCounts(long calls, long skipped) {
        assertThat(timers.list()).singleElement().satisfies(status -> {
            assertThat(status.fired()).isEqualTo(calls);
            assertThat(status.skipped()).isEqualTo(skipped);
        });
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
        assertThat(documents.changes).as("nothing is kept for it").isZero();
    }

    @Test
    void aTimerThatStaysGoesOnAndOneThatGoesDoesNotFire() {
        timers.apply(List.of(function("f", "* * * * *"), function("g", "* * * * *")));
        at("1970-01-01T00:01:00Z");
        timers.apply(List.of(function("f", "* * * * *")));
        at("1970-01-01T00:02:00Z");
        assertThat(fired).containsExactly("f 1970-01-01T00:01:00Z", "g 1970-01-01T00:01:00Z", "f 1970-01-01T00:02:00Z");
        assertCounts(2, 0);
    }

    // The clock.

    @Test
    void aJumpOf56YearsFiresNothingThatLiesBetweenAndGoesOn() {
        for (TimerMissed missed : TimerMissed.values()) {
            fired.clear();
            startedAt("1970-01-01T00:00:30Z", function("f", timer("* * * * *", TimerOverlap.SKIP, missed)));
            at("1970-01-01T00:01:00Z");
            at("2026-11-21T12:00:30Z");
            at("2026-11-21T12:01:00Z");
            assertThat(fired).containsExactly("f 1970-01-01T00:01:00Z", "f 2026-11-21T12:01:00Z");
        }
    }

    @Test
    void aJumpOfAnHourBackDoesNotStallAnInterval() {
        startedAt("2026-11-21T12:00:30Z", function("f", "* * * * *"));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T11:01:10Z");
        at("2026-11-21T11:02:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:01:00Z", "f 2026-11-21T11:02:00Z");
    }

    @Test
    void aJumpOfAnHourBackDoesNotFireAFixedTimeAgain() {
        startedAt("2026-11-21T11:59:30Z", function("f", "0 12 * * *"));
        at("2026-11-21T12:00:00Z");
        at("2026-11-21T11:30:00Z");
        at("2026-11-21T12:00:00Z");
        at("2026-11-22T12:00:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:00:00Z", "f 2026-11-22T12:00:00Z");
    }

    @Test
    void aCorrectionByMoreThanThreeHoursCountsForAll() {
        startedAt("2026-11-21T11:59:30Z", function("f", "0 12 * * *"), function("g", "0 * * * *"));
        at("2026-11-21T12:00:00Z");
        at("2026-11-20T11:59:00Z");
        at("2026-11-20T12:00:00Z");
        assertThat(fired)
                .containsExactly(
                        "f 2026-11-21T12:00:00Z",
                        "g 2026-11-21T12:00:00Z",
                        "f 2026-11-20T12:00:00Z",
                        "g 2026-11-20T12:00:00Z");
    }

    @Test
    void manySmallStepsBackAreOneLargeOne() {
        startedAt("2026-11-21T12:00:30Z", function("f", "* * * * *"));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T12:00:20Z");
        at("2026-11-21T12:01:00Z");
        assertThat(fired).as("no minute comes twice").containsExactly("f 2026-11-21T12:01:00Z");
        at("2026-11-21T12:00:30Z");
        at("2026-11-21T11:59:50Z");
        at("2026-11-21T12:00:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:01:00Z", "f 2026-11-21T12:00:00Z");
    }

    @Test
    void whatIsALittleLateFiresAndWhatIsLaterIsSkipped() {
        startedAt("2026-11-21T11:59:30Z", function("f", "0 12 * * *"), function("g", "30 12 * * *"));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T13:00:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:00:00Z");
    }

    @Test
    void aJumpOfAnHourForwardFiresOnceAtMost() {
        startedAt("2026-11-21T11:59:30Z", function("f", "* * * * *"), makesUpAs("g", "*/10 * * * *"));
        at("2026-11-21T13:00:10Z");
        at("2026-11-21T13:00:50Z");
        assertThat(fired).containsExactly("f 2026-11-21T13:00:00Z", "g 2026-11-21T13:00:00Z");
    }

    private static EdgeInstance.Function makesUpAs(String name, String cron) {
        return function(name, timer(cron, TimerOverlap.SKIP, TimerMissed.ONCE));
    }

    // What was missed.

    @Test
    void whatWasMissedWhileTheGatewayWasOffIsMadeUpForOnce() {
        startedAt("2026-11-21T12:00:30Z", makesUp("0 * * * *"), function("g", "0 * * * *"));
        startedAt("2026-11-21T18:20:00Z", makesUp("0 * * * *"), function("g", "0 * * * *"));
        assertThat(fired)
                .as("the last one, though it had never fired before")
                .containsExactly("f 2026-11-21T18:00:00Z");
        startedAt("2026-11-21T18:40:00Z", makesUp("0 * * * *"), function("g", "0 * * * *"));
        at("2026-11-21T19:00:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T18:00:00Z", "f 2026-11-21T19:00:00Z", "g 2026-11-21T19:00:00Z");
    }

    @Test
    void whatTheClockJumpedOverIsMadeUpForOnce() {
        startedAt("2026-11-21T12:00:30Z", makesUp("0 13-15 * * *"));
        at("2026-11-21T15:30:00Z");
        at("2026-11-21T15:30:10Z");
        assertThat(fired).containsExactly("f 2026-11-21T15:00:00Z");
    }

    @Test
    void theFirstStartMissesNothing() {
        startedAt("2026-11-21T12:00:30Z", makesUp("* * * * *"));
        assertThat(fired).isEmpty();
    }

    @Test
    void anotherExpressionMissesNothing() {
        startedAt("2026-11-21T12:00:30Z", makesUp("0 12 * * *"));
        clock.now = Instant.parse("2026-11-21T15:00:30Z");
        timers.apply(List.of(makesUp("0 13 * * *")));
        timers.look();
        assertThat(fired).isEmpty();
    }

    @Test
    void aBootIn1970DoesNotForgetWhenItLastFired() {
        startedAt("2026-11-21T11:59:30Z", makesUp("0 * * * *"));
        at("2026-11-21T12:00:00Z");
        startedAt("1970-01-01T00:00:10Z", makesUp("0 * * * *"));
        at("1970-01-01T01:00:00Z");
        at("2026-11-21T15:30:00Z");
        at("2026-11-21T15:30:10Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:00:00Z", "f 1970-01-01T01:00:00Z", "f 2026-11-21T15:00:00Z");
    }

    @Test
    void whatBeginsWhileTheFirstNetworkTimeComesMakesUpToo() {
        startedAt("2026-11-21T11:59:30Z", makesUp("0 * * * *"));
        timers.stop();
        clock.now = Instant.parse("1970-01-01T00:00:10Z");
        timers = timers();
        clock.now = Instant.parse("2026-11-21T15:30:00Z");
        timers.apply(List.of(makesUp("0 * * * *")));
        timers.look();
        assertThat(fired).containsExactly("f 2026-11-21T15:00:00Z");
    }

    @Test
    void aTimeThatWasKeptByAWrongClockIsNoStall() {
        startedAt("2036-11-21T11:59:30Z", makesUp("0 * * * *"));
        at("2036-11-21T12:00:00Z");
        startedAt("2026-11-21T11:59:30Z", makesUp("0 * * * *"));
        at("2026-11-21T12:00:00Z");
        startedAt("2026-11-21T15:30:00Z", makesUp("0 * * * *"));
        assertThat(fired).containsExactly("f 2036-11-21T12:00:00Z", "f 2026-11-21T12:00:00Z", "f 2026-11-21T15:00:00Z");
    }

    @Test
    void keepsWhenItFiredWithOneWriteForAllAndForgetsWhoGoes() {
        startedAt(
                "2026-11-21T12:00:30Z", makesUp("* * * * *"), makesUpAs("g", "* * * * *"), function("h", "* * * * *"));
        assertThat(documents.all).containsOnlyKeys("timer.f.t", "timer.g.t");
        assertThat(documents.changes).isEqualTo(1);
        at("2026-11-21T12:00:40Z");
        assertThat(documents.changes).isEqualTo(1);
        at("2026-11-21T12:01:00Z");
        assertThat(documents.changes).isEqualTo(2);
        timers.apply(List.of(makesUp("* * * * *")));
        assertThat(documents.all).containsOnlyKeys("timer.f.t");
    }

    @Test
    void aDamagedTimeIsNone() {
        documents.all.put("timer.f.t", "{".getBytes(StandardCharsets.UTF_8));
        startedAt("2026-11-21T12:00:30Z", makesUp("* * * * *"));
        at("2026-11-21T12:01:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:01:00Z");
    }

    // Firings that come while the former call has not ended.

    @Test
    void skipLeavesThemOut() {
        hold = true;
        startedAt("2026-11-21T12:00:30Z", minutely(TimerOverlap.SKIP));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T12:02:00Z");
        at("2026-11-21T12:03:00Z");
        end(1);
        at("2026-11-21T12:04:00Z");
        assertThat(fired).containsExactly("f 2026-11-21T12:01:00Z", "f 2026-11-21T12:04:00Z");
        assertCounts(2, 2);
    }

    @Test
    void queueLetsOneWaitAndMergesTheRest() {
        hold = true;
        startedAt("2026-11-21T12:00:30Z", minutely(TimerOverlap.QUEUE));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T12:02:00Z");
        at("2026-11-21T12:03:00Z");
        assertThat(fired).hasSize(1);
        end(1);
        assertThat(fired)
                .as("the time of the last one")
                .containsExactly("f 2026-11-21T12:01:00Z", "f 2026-11-21T12:03:00Z");
        end(1);
        assertThat(fired).hasSize(2);
        at("2026-11-21T12:04:00Z");
        assertCounts(3, 1);
    }

    @Test
    void whatWaitsIsNotCalledWhenItsTimerGoes() {
        hold = true;
        startedAt("2026-11-21T12:00:30Z", minutely(TimerOverlap.QUEUE));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T12:02:00Z");
        timers.apply(List.of());
        end(1);
        assertThat(fired).containsExactly("f 2026-11-21T12:01:00Z");
    }

    @Test
    void allowCallsBeside() {
        hold = true;
        startedAt("2026-11-21T12:00:30Z", minutely(TimerOverlap.ALLOW));
        at("2026-11-21T12:01:00Z");
        at("2026-11-21T12:02:00Z");
        assertThat(fired).hasSize(2);
        end(2);
        assertCounts(2, 0);
    }

    @Test
    void aCallThatFailsHasEnded() {
        hold = true;
        startedAt("2026-11-21T12:00:30Z", minutely(TimerOverlap.SKIP));
        at("2026-11-21T12:01:00Z");
        running.remove().completeExceptionally(new InvocationException(Kind.TIMEOUT, "TIMEOUT", "too long"));
        at("2026-11-21T12:02:00Z");
        assertThat(fired).hasSize(2);
    }

    @Test
    void whileFunctionsCantBeCalledNothingIsHeldUp() {
        startedAt("2026-11-21T12:00:30Z", minutely(TimerOverlap.SKIP));
        var none = timers;
        none.setInvoker(null);
        at("2026-11-21T12:01:00Z");
        assertThat(fired).isEmpty();
        none.setInvoker((function, invocation) -> {
            fired.add(function);
            return CompletableFuture.completedFuture(new byte[0]);
        });
        at("2026-11-21T12:02:00Z");
        assertThat(fired).containsExactly("f");
    }
}
