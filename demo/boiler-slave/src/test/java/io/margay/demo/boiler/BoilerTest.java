package io.margay.demo.boiler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BoilerTest {
    private final Boiler boiler = new Boiler();

    /** Steps of one second until the temperature is above or below; how many it took. */
    private int until(boolean above, double celsius) {
        int seconds = 0;
        while (boiler.temperature() > celsius != above) {
            boiler.step(1);
            assertThat(++seconds).isLessThan(2000);
        }
        return seconds;
    }

    @Test
    void theAlarmComesEarlyGoesAndComesAgain() {
        assertThat(until(true, 80)).as("seconds of the boiler, a tenth outside").isBetween(50, 170);
        until(false, 76);
        until(true, 80);
    }

    @Test
    void anHourStaysPlausible() {
        for (int second = 0; second < 3600; second++) {
            boiler.step(1);
            assertThat(boiler.temperature()).isBetween(65.0, 86.0);
            assertThat(boiler.pressure()).isBetween(1.4, 2.2);
            assertThat(boiler.level()).isBetween(60.0, 80.0);
            assertThat(boiler.heatKw()).isBetween(5.0, 60.0);
        }
        assertThat(boiler.runSeconds()).isBetween(600L, 3000L);
    }

    @Test
    void coolsDownWhenTheBurnerIsNotAllowed() {
        boiler.enabled(false);
        until(false, 50);
        assertThat(boiler.flame()).isFalse();
    }

    @Test
    void followsTheSetPoint() {
        boiler.setpoint(60);
        until(false, 62);
        until(true, 58);
    }
}
