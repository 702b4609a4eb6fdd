package io.margay.driver.modbus.internal;

/** A value that can't be read from or written to its registers; the message names the property. */
final class ValueException extends Exception {
    private static final long serialVersionUID = 1L;

    ValueException(String message) {
        super(message);
    }
}
