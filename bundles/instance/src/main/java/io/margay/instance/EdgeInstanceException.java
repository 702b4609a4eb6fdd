package io.margay.instance;

/** Something can't be done to an edge instance that is kept; nothing has changed. */
public class EdgeInstanceException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why not. */
    public enum Kind {
        /** There is no such edge instance, or it has no such part. */
        UNKNOWN,
        /** There is one already, or something else is in the way. */
        CONFLICT,
        /** It has changed since the one who asks read it. */
        CHANGED,
        /** What is stored of it is not what was written. */
        DAMAGED
    }

    private final Kind kind;

    public EdgeInstanceException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
