package io.margay.driver.modbus.internal;

/** A configuration by which the driver can't work; the message names the place and what is wanted. */
final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    ConfigurationException(String message) {
        super(message);
    }
}
