package io.margay.driver.modbus.internal;

import java.math.BigInteger;

/** How a value lies in registers. */
enum ValueType {
    INT16(1, true),
    UINT16(1, false),
    INT32(2, true),
    UINT32(2, false),
    INT64(4, true),
    UINT64(4, false),
    FLOAT32(2, true),
    FLOAT64(4, true),
    BOOL(1, false),
    STRING(0, false);

    private final int registers;
    private final boolean signed;

    ValueType(int registers, boolean signed) {
        this.registers = registers;
        this.signed = signed;
    }

    /** Registers of one value; 0 where the length says it. */
    int registers() {
        return registers;
    }

    boolean signed() {
        return signed;
    }

    boolean number() {
        return this != BOOL && this != STRING;
    }

    /** The least raw value of an integer type. */
    BigInteger least() {
        return signed ? BigInteger.ONE.shiftLeft(16 * registers - 1).negate() : BigInteger.ZERO;
    }

    /** The greatest raw value of an integer type. */
    BigInteger greatest() {
        return BigInteger.ONE
                .shiftLeft(signed ? 16 * registers - 1 : 16 * registers)
                .subtract(BigInteger.ONE);
    }
}
