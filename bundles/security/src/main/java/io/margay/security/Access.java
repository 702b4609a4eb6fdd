package io.margay.security;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Checks credentials. Thread-safe. */
@ProviderType
public interface Access {
    /** @return the user's name when user and password are right */
    Optional<String> login(String user, char[] password);

    /**
     * Reads an HTTP {@code Authorization} header: {@code Basic} with user and password, or {@code Bearer} with the token
     * of this gateway's token file.
     *
     * @param header may be null
     * @return the user's name when it is right
     */
    Optional<String> authorize(String header);
}
