package io.margay.driver.modbus.internal;

import java.io.IOException;

/** Bytes came that are no answer; the line is noisy, but there. */
final class GarbledException extends IOException {
    private static final long serialVersionUID = 1L;

    GarbledException(String message) {
        super(message);
    }
}
