package io.margay.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cases of MQTT 3.1.1, section 4.7, and some of our own. */
class TopicFilterTest {
    @ParameterizedTest
    @CsvSource({
        "sport/tennis/player1/#, sport/tennis/player1, true",
        "sport/tennis/player1/#, sport/tennis/player1/ranking, true",
        "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
        "sport/tennis/player1/#, sport/tennis, false",
        "sport/#, sport, true",
        "#, a/b/c, true",
        "#, /, true",
        "sport/tennis/+, sport/tennis/player1, true",
        "sport/tennis/+, sport/tennis/player1/ranking, false",
        "sport/+, sport, false",
        "sport/+, sport/, true",
        "+/+, /finance, true",
        "/+, /finance, true",
        "+, /finance, false",
        "+/tennis/#, a/tennis, true",
        "+/tennis/#, a/tennis/b/c, true",
        "+/#, a, true",
        "sport/+/player1, sport/tennis/player1, true",
        "sport/+/player1, sport//player1, true",
        "Sport, sport, false",
        "sport, sport/, false",
        "sport/, sport, false",
        "a/b, a/bc, false",
        "a/bc, a/b, false",
        "#, $SYS/x, false",
        "+/x, $SYS/x, false",
        "$SYS/#, $SYS/x, true",
        "$SYS/+, $SYS/x, true",
        "/sys/+/+/thing/event/property/post, /sys/boiler/boiler-1/thing/event/property/post, true",
        "/sys/+/+/thing/event/property/post, /sys/boiler/boiler-1/thing/event/alarm/post, false",
    })
    void matches(String filter, String topic, boolean expected) {
        assertThat(new TopicFilter(filter).matches(topic)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sport/tennis#", "sport/tennis/#/ranking", "sport+", "a/+b/c", "##", "a/#/", "a\0b"})
    void refusesWhatIsNoFilter(String filter) {
        assertThatThrownBy(() -> new TopicFilter(filter))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("topic filter");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/+", "#", "a\0"})
    void refusesWhatIsNoTopic(String topic) {
        assertThatThrownBy(() -> TopicFilter.checkTopic(topic)).isInstanceOf(IllegalArgumentException.class);
    }
}
