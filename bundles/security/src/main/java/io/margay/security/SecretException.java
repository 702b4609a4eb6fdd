package io.margay.security;

/** A secret can't be sealed or opened; the message says why and what to do, and holds nothing of the secret. */
public class SecretException extends Exception {
    private static final long serialVersionUID = 1L;

    public SecretException(String message) {
        super(message);
    }

    public SecretException(String message, Throwable cause) {
        super(message, cause);
    }
}
