package io.margay.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronExpressionsTest {
    private static List<String> next(String cron, String zone, String after) {
        return CronExpressions.upcoming(cron, Optional.of(zone), Instant.parse(after), 5).stream()
                .map(time -> time.toOffsetDateTime().toString())
                .toList();
    }

    @Test
    void minute30IsOnceAnHourAndEveryThirtyMinutesIsAnotherExpression() {
        assertThat(next("30 * * * *", "UTC", "2026-01-01T00:00:00Z"))
                .containsExactly(
                        "2026-01-01T00:30Z",
                        "2026-01-01T01:30Z",
                        "2026-01-01T02:30Z",
                        "2026-01-01T03:30Z",
                        "2026-01-01T04:30Z");
        assertThat(next("*/30 * * * *", "UTC", "2026-01-01T00:00:00Z"))
                .startsWith("2026-01-01T00:30Z", "2026-01-01T01:00Z");
    }

    @Test
    void theZoneCounts() {
        assertThat(next("0 8 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"))
                .startsWith("2026-03-29T08:00+02:00", "2026-03-30T08:00+02:00");
        assertThat(next("0 8 * * *", "UTC", "2026-03-28T12:00:00Z")).startsWith("2026-03-29T08:00Z");
    }

    @Test
    void leapDaysFireInLeapYears() {
        assertThat(next("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z")).startsWith("2028-02-29T00:00Z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 0 31 2 *", "0 0 30 2 *", "0 0 31 4 *", "0 0 31 2,4,6,9,11 *"})
    void whatNeverFiresIsRefusedSoon(String cron) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThatThrownBy(() -> CronExpressions.check(cron, Optional.empty()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(cron)
                        .hasMessageContaining("never fires"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "x",
                "* * * *",
                "* * * * * *",
                "60 * * * *",
                "* 24 * * *",
                "* * 0 * *",
                "@often",
                "*/0 * * * *",
                "5-1 * * * *"
            })
    void whatIsNoExpressionIsRefused(String cron) {
        assertThatThrownBy(() -> CronExpressions.check(cron, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cron expression");
    }

    @ParameterizedTest
    @ValueSource(strings = {"* * * * *", "0,30 8-17 * * 1-5", "0 0 1 1 *", "15 3 * * 0", "15 3 * * 7"})
    void whatCronTakesIsTaken(String cron) {
        assertThatCode(() -> CronExpressions.check(cron, Optional.empty())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "2 * * * *, */2 * * * *",
        "3 * * * *, */3 * * * *",
        "15 * * * *, */15 * * * *",
        "20 * * * *, */20 * * * *",
        "30 * * * *, */30 * * * *",
        "' 05  * * *   * ', */5 * * * *",
        "* 8 * * 1-5, 0 8 * * 1-5"
    })
    void suggestsWhatIsOftenMeant(String cron, String meant) {
        assertThat(CronExpressions.hint(cron).orElse("")).contains("did you mean '" + meant + "'");
        CronExpressions.check(meant, Optional.empty());
    }

    @Test
    void saysThatAnUnevenStepBeginsAnew() {
        assertThat(CronExpressions.hint("*/45 * * * *").orElse("")).contains("does not fire every 45 minutes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 * * * *",
                "1 * * * *",
                "7 * * * *",
                "31 * * * *",
                "45 * * * *",
                "30 8 * * *",
                "30 * * * 1",
                "0,30 * * * *",
                "*/30 * * * *",
                "*/20 * * * *",
                "* * * * *",
                "* */2 * * *",
                "0 6 * * *"
            })
    void leavesTheOthersAlone(String cron) {
        assertThat(CronExpressions.hint(cron)).isEmpty();
    }

    @Test
    void anUnknownZoneIsRefused() {
        assertThatThrownBy(() -> CronExpressions.check("* * * * *", Optional.of("Europe/Entenhausen")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Europe/Entenhausen");
    }
}
