package io.margay.spi;

/** A call of a function that gave no result. Its message goes to whoever called, and has no secret. */
public class InvocationException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why there is no result. */
    public enum Kind {
        /** There is no such function. */
        UNKNOWN,
        /** The queue is full; try again later. */
        TOO_BUSY,
        /** It did not answer in time. */
        TIMEOUT,
        /** The handler threw; see the error type and message. */
        HANDLED,
        /** The instance ended under the call; the call may have had effects, but may be tried again. */
        INSTANCE_LOST,
        /** It could not be started. */
        NOT_STARTED,
        /** It is one for whose result nobody waits, and can't be kept on disk; it is not made. */
        NOT_KEPT
    }

    private final Kind kind;
    private final String errorType;
    private final boolean stopped;

    public InvocationException(Kind kind, String errorType, String message) {
        this(kind, errorType, message, false);
    }

    /** @param stopped the instance was ended with its generation of the function, as that was stopped */
    public InvocationException(Kind kind, String errorType, String message, boolean stopped) {
        super(Masking.mask(message));
        this.kind = kind;
        this.errorType = errorType;
        this.stopped = stopped;
    }

    /** Whether the instance was ended by the gateway, in a swap or as it stops, and not for what the call did. */
    public boolean stopped() {
        return stopped;
    }

    public Kind kind() {
        return kind;
    }

    /** The class of the handler's exception, or the kind's name. */
    public String errorType() {
        return errorType;
    }

    public boolean retriable() {
        return kind == Kind.TOO_BUSY || kind == Kind.INSTANCE_LOST;
    }
}
