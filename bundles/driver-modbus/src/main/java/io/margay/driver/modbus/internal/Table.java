package io.margay.driver.modbus.internal;

/** The four tables of a Modbus slave. */
enum Table {
    HOLDING(false, true),
    INPUT(false, false),
    COIL(true, true),
    DISCRETE(true, false);

    private final boolean bits;
    private final boolean writable;

    Table(boolean bits, boolean writable) {
        this.bits = bits;
        this.writable = writable;
    }

    /** Whether an address holds one bit; else it holds a register of 16. */
    boolean bits() {
        return bits;
    }

    boolean writable() {
        return writable;
    }
}
