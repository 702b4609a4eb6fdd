package io.margay.spi;

/**
 * No worker can be started for now, whichever it is: its host lacks what it runs workers in. That is no fault of the workload;
 * {@link WorkerHost#back} tells when it is worth another try.
 */
public final class HostAwayException extends WorkloadException {
    private static final long serialVersionUID = 1L;

    public HostAwayException(String message) {
        super(message);
    }

    public HostAwayException(String message, Throwable cause) {
        super(message, cause);
    }
}
