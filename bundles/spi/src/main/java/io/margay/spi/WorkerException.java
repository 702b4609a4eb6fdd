package io.margay.spi;

/** A worker's error answer, or the loss of the worker. */
public class WorkerException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean lost;
    private final String errorType;

    public WorkerException(boolean lost, String errorType, String message) {
        super(message);
        this.lost = lost;
        this.errorType = errorType;
    }

    /** Whether the worker ended or lost its connection before it answered. */
    public boolean lost() {
        return lost;
    }

    /** The class of the author's exception, for example {@code ValueError}; empty where unknown. */
    public String errorType() {
        return errorType;
    }
}
