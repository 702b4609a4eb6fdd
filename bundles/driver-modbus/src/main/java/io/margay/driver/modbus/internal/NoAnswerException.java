package io.margay.driver.modbus.internal;

/** The slave did not answer, or can't be reached; the message says how. */
final class NoAnswerException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean connected;

    /** @param connected whether there is a connection, so that just this slave is silent */
    NoAnswerException(boolean connected, String message, Throwable cause) {
        super(message, cause);
        this.connected = connected;
    }

    boolean connected() {
        return connected;
    }
}
