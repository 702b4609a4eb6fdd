package io.margay.launcher;

/** The gateway can't be started; the message says why and what to do. */
public final class LaunchException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Something is wrong with the options, the settings or the installation, or a bundle does not start. */
    static final int FAILED = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** Another gateway runs on the same home. */
    static final int IN_USE = 3;
    /** The HTTP port is taken. */
    static final int PORT_TAKEN = 4;

    private final int exitCode;

    LaunchException(int exitCode, String message) {
        this(exitCode, message, null);
    }

    LaunchException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** What the process ends with. */
    public int exitCode() {
        return exitCode;
    }
}
