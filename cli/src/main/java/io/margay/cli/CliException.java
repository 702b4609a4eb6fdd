package io.margay.cli;

import java.util.Map;

/** Ends a command with a message for people and an exit code for scripts. */
final class CliException extends Exception {
    private static final long serialVersionUID = 1L;
    private final int exitCode;
    private final transient Map<String, Object> problem;

    CliException(int exitCode, String message) {
        this(exitCode, message, Map.of());
    }

    /** @param problem the gateway's problem document; empty where it was not asked */
    CliException(int exitCode, String message, Map<String, Object> problem) {
        super(message);
        this.exitCode = exitCode;
        this.problem = problem;
    }

    int exitCode() {
        return exitCode;
    }

    Map<String, Object> problem() {
        return problem;
    }
}
