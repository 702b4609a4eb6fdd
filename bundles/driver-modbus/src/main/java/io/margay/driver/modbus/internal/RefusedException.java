package io.margay.driver.modbus.internal;

import com.digitalpetri.modbus.ExceptionCode;

/** The slave answered that it will not do what was asked. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int code;

    RefusedException(String what, int code) {
        super("the device refuses to " + what + ": " + name(code));
        this.code = code;
    }

    /** Whether an address is asked for that the slave does not have. */
    boolean illegalAddress() {
        return code == ExceptionCode.ILLEGAL_DATA_ADDRESS.getCode();
    }

    private static String name(int code) {
        return ExceptionCode.from(code)
                        .map(known ->
                                known.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '))
                        .orElse("unknown exception")
                + " (" + code + ")";
    }
}
