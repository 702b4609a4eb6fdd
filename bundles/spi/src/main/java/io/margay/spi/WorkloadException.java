package io.margay.spi;

/** A workload that can't be prepared, started or changed; the message says why and what to do. */
public class WorkloadException extends Exception {
    private static final long serialVersionUID = 1L;

    public WorkloadException(String message) {
        super(message);
    }

    public WorkloadException(String message, Throwable cause) {
        super(message, cause);
    }
}
