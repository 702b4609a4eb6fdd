package io.margay.demo.boiler;

/**
 * A hot-water boiler of 60 kW with 120 kg of water, in simple physics. Its gas valve sticks now and then, so that the
 * water gets hotter than it should. Not thread-safe.
 */
final class Boiler {
    private static final double WATER_KG = 120;
    /** Heat of water in kJ/(kg K). */
    private static final double HEAT = 4.186;
    /** Gas of 10.35 kWh/m3, so 60 kW at full flame. */
    private static final double FULL_GAS = 5.8;

    private static final double GAS_KWH = 10.35;
    private static final double BURNED_WELL = 0.93;
    /** The thermostat's span around the set point in K. */
    private static final double SPAN = 2;
    /** The valve sticks for the first time after so many seconds, then once in a period. */
    private static final double FIRST_STUCK = 3;

    private static final double STUCK_PERIOD = 420;
    private static final double STUCK_UNTIL = 9;

    private double time;
    private double temperature = 72;
    private double level = 74;
    private double setpoint = 75;
    private double waterFlow;
    private double returnTemperature = 55;
    private double runSeconds;
    private double nextStuck = FIRST_STUCK;
    private boolean enabled = true;
    private boolean flame;
    private boolean stuck;
    private boolean feeding;

    /** Lets time pass. */
    void step(double seconds) {
        time += seconds;
        // The houses ask for more and less water; what comes back is colder the more they take.
        waterFlow = 26 + 9 * Math.sin(time / 37) + 4 * Math.sin(time / 11);
        returnTemperature = temperature - 13 - 3 * Math.sin(time / 53 + 1);
        thermostat();
        double heatingKw = flame ? FULL_GAS * GAS_KWH * BURNED_WELL : 0;
        double lossKw = (temperature - 20) * 0.03;
        temperature += seconds * (heatingKw - heatKw() - lossKw) / (WATER_KG * HEAT);
        runSeconds += flame ? seconds : 0;
        water(seconds);
    }

    private void thermostat() {
        if (time >= nextStuck && flame) {
            stuck = true;
            nextStuck += STUCK_PERIOD;
        }
        stuck = stuck && enabled && temperature < setpoint + STUCK_UNTIL;
        if (!enabled || (!stuck && temperature > setpoint + SPAN)) {
            flame = false;
        } else if (stuck || temperature < setpoint - SPAN) {
            flame = true;
        }
    }

    /** A little water is lost; a pump feeds some when there is too little. */
    private void water(double seconds) {
        feeding = level < 68 || (feeding && level < 76);
        level += seconds * (feeding ? 0.12 : -0.02);
    }

    /** Heat that the water carries away, in kW. */
    double heatKw() {
        return waterFlow / 60 * HEAT * (temperature - returnTemperature);
    }

    /** Water temperature in degrees Celsius. */
    double temperature() {
        return temperature;
    }

    /** Temperature of the water that comes back, in degrees Celsius. */
    double returnTemperature() {
        return returnTemperature;
    }

    /** Pressure in bar; it grows as the water expands. */
    double pressure() {
        return 1.1 + (temperature - 20) * 0.012 + (level - 70) * 0.01;
    }

    /** Water level in percent. */
    double level() {
        return level;
    }

    /** Gas in cubic metres an hour. */
    double gasFlow() {
        return flame ? FULL_GAS : 0;
    }

    /** Water in litres a minute. */
    double waterFlow() {
        return waterFlow;
    }

    /** How long the burner burned, in whole seconds. */
    long runSeconds() {
        return (long) runSeconds;
    }

    boolean flame() {
        return flame;
    }

    void enabled(boolean on) {
        enabled = on;
    }

    /** The temperature to keep, in degrees Celsius; kept within what the boiler stands. */
    void setpoint(double celsius) {
        setpoint = Math.max(30, Math.min(90, celsius));
    }
}
