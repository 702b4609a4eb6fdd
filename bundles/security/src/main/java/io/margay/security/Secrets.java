package io.margay.security;

import org.osgi.annotation.versioning.ProviderType;

/** Seals secrets with this gateway's key, and opens them again. Thread-safe. */
@ProviderType
public interface Secrets {
    /**
     * Seals a text so that the same text at the same place has the same form, and at another place another one.
     *
     * @param place where it stands, such as {@code functions say environment.TOKEN}; it need not be known to open it
     * @return as {@link io.margay.model.Sealed} has it
     * @throws SecretException the key is damaged, or can't be made
     */
    String seal(String place, String text) throws SecretException;

    /** Seals a text, each time in another form. */
    String seal(String text) throws SecretException;

    /**
     * Opens what {@link #seal} gave.
     *
     * @throws SecretException the key is missing or damaged, or this was sealed with another one or is damaged
     */
    String open(String sealed) throws SecretException;
}
