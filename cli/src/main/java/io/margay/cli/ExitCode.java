package io.margay.cli;

/** Exit codes; scripts rely on them, so they never change. */
final class ExitCode {
    static final int OK = 0;
    /** The gateway tried, and it did not work. */
    static final int FAILED = 1;
    /** Wrong options, or a document, file or value that is not valid. */
    static final int BAD_INPUT = 2;
    /** There is no such device, driver, function, … */
    static final int NOT_FOUND = 3;
    /** No gateway runs on the home folder. */
    static final int NO_GATEWAY = 4;
    /** No answer in time, or too busy; may be tried again. */
    static final int TRY_AGAIN = 5;
    /** The gateway, or a file's owner, does not let us. */
    static final int NOT_ALLOWED = 6;

    private ExitCode() {}
}
