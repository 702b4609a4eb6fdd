package io.margay.demo.boiler;

import com.digitalpetri.modbus.server.ProcessImage;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * The boiler's registers.
 *
 * <pre>
 * input    0    water temperature, int16, 0.1 degrees Celsius
 * input    1    pressure, uint16, 0.01 bar
 * input    2    water level, uint16, 0.1 percent
 * input    3    gas, uint16, 0.01 m3/h
 * input    4-5  water flow, float32, l/min
 * input    6    return temperature, int16, 0.1 degrees Celsius
 * input    8-9  burner's run time, uint32, s
 * holding  0    set point, int16, 0.1 degrees Celsius
 * coil     0    burner allowed
 * discrete 0    flame
 * </pre>
 */
record Registers(ProcessImage image) {
    private static final int SETPOINT = 0;
    private static final int ALLOWED = 0;

    Registers {
        image.with(tx -> {
            tx.writeHoldingRegisters(map -> word(map, SETPOINT, 750));
            tx.writeCoils(map -> map.put(ALLOWED, true));
        });
    }

    /** Tells the boiler what was written to the registers. */
    void obey(Boiler boiler) {
        boiler.setpoint(image.get(tx -> tx.readHoldingRegisters(
                map -> ByteBuffer.wrap(map.getOrDefault(SETPOINT, new byte[2])).getShort() / 10.0)));
        boiler.enabled(image.get(tx -> tx.readCoils(map -> map.getOrDefault(ALLOWED, false))));
    }

    /** Shows the boiler's state. */
    void show(Boiler boiler) {
        image.with(tx -> {
            tx.writeInputRegisters(map -> {
                word(map, 0, Math.round(boiler.temperature() * 10));
                word(map, 1, Math.round(boiler.pressure() * 100));
                word(map, 2, Math.round(boiler.level() * 10));
                word(map, 3, Math.round(boiler.gasFlow() * 100));
                int flow = Float.floatToIntBits((float) boiler.waterFlow());
                word(map, 4, flow >> 16);
                word(map, 5, flow);
                word(map, 6, Math.round(boiler.returnTemperature() * 10));
                word(map, 8, boiler.runSeconds() >> 16);
                word(map, 9, boiler.runSeconds());
            });
            tx.writeDiscreteInputs(map -> map.put(0, boiler.flame()));
        });
    }

    private static void word(Map<Integer, byte[]> map, int address, long value) {
        map.put(address, new byte[] {(byte) (value >> 8), (byte) value});
    }
}
