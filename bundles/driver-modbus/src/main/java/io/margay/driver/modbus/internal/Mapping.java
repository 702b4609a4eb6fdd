package io.margay.driver.modbus.internal;

import java.math.BigDecimal;

/**
 * Where a property lies in the slave and how it is read.
 *
 * @param property its identifier in the thing model
 * @param address of its first register or bit, from 0
 * @param bigWords whether the register with the high bits comes first
 * @param bigBytes whether the byte with the high bits comes first within a register
 * @param bit for a bool in a register: which bit, 0 the least; -1 for none
 * @param length of a string, in bytes
 * @param scale value = raw * scale + offset
 * @param whole whether the thing model wants a whole number
 * @param pollMs time between two reads in milliseconds
 */
record Mapping(
        String property,
        Table table,
        int address,
        ValueType type,
        boolean bigWords,
        boolean bigBytes,
        int bit,
        int length,
        BigDecimal scale,
        BigDecimal offset,
        boolean whole,
        boolean writable,
        int pollMs) {

    /** How many addresses it takes. */
    int size() {
        if (table.bits()) {
            return 1;
        }
        return type == ValueType.STRING ? (length + 1) / 2 : type.registers();
    }

    int end() {
        return address + size();
    }

    boolean scaled() {
        return scale.compareTo(BigDecimal.ONE) != 0 || offset.signum() != 0;
    }
}
