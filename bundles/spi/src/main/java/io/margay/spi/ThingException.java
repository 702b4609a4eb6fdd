package io.margay.spi;

/** A device did not do what was asked. The message goes to whoever asked, and has no secret. */
public class ThingException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Kind {
        UNKNOWN_DEVICE,
        /** The property or service is not in the thing model, or the value does not fit it. */
        INVALID,
        OFFLINE,
        TIMEOUT,
        /** The driver's answer was an error. */
        FAILED
    }

    private final Kind kind;

    public ThingException(Kind kind, String message) {
        super(Masking.mask(message));
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
