package io.margay.catalog;

/** The catalogue can't do what was asked; it is as it was. The message is for people. */
public final class CatalogException extends Exception {
    private static final long serialVersionUID = 1L;
    private final Kind kind;

    /** Why. */
    public enum Kind {
        /** There is no such entry or version. */
        UNKNOWN,
        /** It does not go with what is there already. */
        CONFLICT,
        /** What is stored of the entry is not what was written. */
        DAMAGED
    }

    public CatalogException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
