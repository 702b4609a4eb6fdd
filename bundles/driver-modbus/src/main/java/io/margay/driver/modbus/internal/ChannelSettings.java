package io.margay.driver.modbus.internal;

/**
 * A connection to one or more slaves.
 *
 * @param timeoutMs how long an answer may take, and a connection, in milliseconds
 * @param pauseMs silence between two requests
 * @param failures unanswered requests in a row until a device counts as off line and the connection is made anew
 * @param backoffMs wait after the first failed connection; doubles up to {@code maxBackoffMs}
 * @param poll defaults for the devices on it
 */
record ChannelSettings(
        String name,
        Endpoint endpoint,
        int timeoutMs,
        int pauseMs,
        int failures,
        int backoffMs,
        int maxBackoffMs,
        PollDefaults poll) {

    /** Whether frames are those of a serial line. */
    boolean rtu() {
        return !(endpoint instanceof Endpoint.Tcp tcp) || tcp.rtu();
    }

    /** Where the slaves are. */
    sealed interface Endpoint {
        /** @param rtu frames of the serial line inside TCP */
        record Tcp(String host, int port, boolean rtu) implements Endpoint {
            @Override
            public String toString() {
                return host + ":" + port;
            }
        }

        /** @param device the path of the serial port */
        record Serial(String device, int baudRate, int dataBits, Parity parity, int stopBits) implements Endpoint {
            @Override
            public String toString() {
                return device;
            }
        }
    }

    /** The parity bit of a serial line. */
    enum Parity {
        NONE,
        EVEN,
        ODD
    }

    /**
     * How devices are polled.
     *
     * @param maxGap registers between two properties that are read along to save a request
     * @param maxRegisters registers in one request at most
     * @param maxBits bits in one request at most
     * @param onChange whether values that did not change are left out of reports
     */
    record PollDefaults(int pollMs, int maxGap, int maxRegisters, int maxBits, boolean onChange) {}
}
