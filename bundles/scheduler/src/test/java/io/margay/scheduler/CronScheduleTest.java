package io.margay.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronScheduleTest {
    private static CronSchedule berlin(String cron) {
        return CronSchedule.of(cron, Optional.of("Europe/Berlin"));
    }

    private static List<String> next(String cron, String after, int count) {
        return berlin(cron).next(Instant.parse(after), count).stream()
                .map(time -> time.toOffsetDateTime().toString())
                .toList();
    }

    /** On 29 March 2026 two o'clock is three o'clock. */
    @Test
    void aFixedTimeInTheHourThatIsLeftOutFiresWhenItWouldBegin() {
        assertThat(next("30 2 * * *", "2026-03-28T12:00:00Z", 2))
                .containsExactly("2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00");
        assertThat(next("10,40 2 * * *", "2026-03-28T12:00:00Z", 2))
                .containsExactly("2026-03-29T03:00+02:00", "2026-03-30T02:10+02:00");
        assertThat(next("0 2,3 * * *", "2026-03-28T12:00:00Z", 2))
                .containsExactly("2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00");
    }

    /** On 25 October 2026 three o'clock is two o'clock again. */
    @Test
    void aFixedTimeInTheHourThatComesTwiceFiresOnce() {
        assertThat(next("30 2 * * *", "2026-10-24T12:00:00Z", 2))
                .containsExactly("2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00");
        assertThat(next("30 2 * * *", "2026-10-25T00:45:00Z", 1))
                .as("asked between the two")
                .containsExactly("2026-10-26T02:30+01:00");
    }

    @Test
    void anIntervalFollowsTheHands() {
        assertThat(next("*/30 * * * *", "2026-03-29T00:10:00Z", 3))
                .containsExactly("2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00");
        assertThat(next("30 * * * *", "2026-10-24T23:50:00Z", 4))
                .containsExactly(
                        "2026-10-25T02:30+02:00",
                        "2026-10-25T02:30+01:00",
                        "2026-10-25T03:30+01:00",
                        "2026-10-25T04:30+01:00");
        assertThat(next("*/40 2 * * *", "2026-10-24T23:50:00Z", 4))
                .containsExactly(
                        "2026-10-25T02:00+02:00",
                        "2026-10-25T02:40+02:00",
                        "2026-10-25T02:00+01:00",
                        "2026-10-25T02:40+01:00");
    }

    @Test
    void halfAnHourOfDaylightSavingIsOneToo() {
        List<ZonedDateTime> next = CronSchedule.of("0 * * * *", Optional.of("Australia/Lord_Howe"))
                .next(Instant.parse("2026-10-03T14:20:00Z"), 3);
        assertThat(next)
                .extracting(ZonedDateTime::toLocalTime)
                .containsExactly(LocalTime.of(1, 0), LocalTime.of(3, 0), LocalTime.of(4, 0));
    }

    /** Each minute of two years, by a walk over all of them. */
    @Test
    void noFiringComesTwiceOrOutOfOrder() {
        for (String cron : List.of("0 */3 * * *", "15 2,3 * * *", "*/50 1-3 * * 0")) {
            Instant last = Instant.parse("2026-01-01T00:00:00Z");
            for (ZonedDateTime next : berlin(cron).next(last, 700)) {
                assertThat(next.toInstant()).isAfter(last);
                last = next.toInstant();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "* * * * *, 1970-01-01T00:00:00Z, 2026-11-21T12:00:30Z, 2026-11-21T12:00:00Z",
        "* * * * *, 2026-11-21T12:00:00Z, 2026-11-21T12:01:00Z, 2026-11-21T12:01:00Z",
        "30 4 1 1 *, 1970-01-01T00:00:00Z, 2026-11-21T12:00:30Z, 2026-01-01T03:30:00Z",
        "0 0 29 2 *, 2000-01-01T00:00:00Z, 2026-11-21T12:00:30Z, 2024-02-28T23:00:00Z",
        "30 2 * * *, 2026-03-20T00:00:00Z, 2026-03-29T11:00:00Z, 2026-03-29T01:00:00Z",
        "0 8 * * *, 2026-11-21T07:00:00Z, 2026-11-22T06:59:59Z,"
    })
    void findsTheLastFiring(String cron, String after, String until, String last) {
        assertThat(berlin(cron).last(Instant.parse(after), Instant.parse(until)))
                .isEqualTo(Optional.ofNullable(last).map(Instant::parse));
    }

    @Test
    void tellsFixedTimesFromIntervals() {
        assertThat(List.of("30 2 * * *", "0,30 8-17 * * 1-5", "5/15 3 * * *"))
                .allMatch(cron -> berlin(cron).fixed());
        assertThat(List.of("* * * * *", "30 * * * *", "*/5 2 * * *", "0 */2 * * *"))
                .noneMatch(cron -> berlin(cron).fixed());
        assertThat(Duration.between(
                        Instant.parse("2026-11-21T12:00:00Z"),
                        CronSchedule.of("1 * * * *", Optional.of("UTC"))
                                .next(Instant.parse("2026-11-21T12:00:00.5Z"))
                                .orElseThrow()
                                .toInstant()))
                .isEqualTo(Duration.ofMinutes(1));
    }
}
