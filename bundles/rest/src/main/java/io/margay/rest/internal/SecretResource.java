package io.margay.rest.internal;

import io.margay.model.Limits;
import io.margay.security.SecretException;
import io.margay.security.Secrets;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** Seals secrets, for documents that are kept elsewhere. Nothing opens them here. */
final class SecretResource {
    /** With each character escaped. */
    private static final int MAX_BODY_BYTES = 6 * Limits.MAX_SECRET_BYTES + 1024;

    private final Secrets secrets;

    SecretResource(Secrets secrets) {
        this.secrets = secrets;
    }

    void addTo(Router router) {
        router.add("POST", "/secrets/seal", this::seal);
    }

    private void seal(Exchange exchange) throws IOException {
        Map<String, Object> body = exchange.jsonBody(MAX_BODY_BYTES);
        if (!body.keySet().equals(Set.of("text")) || !(body.get("text") instanceof String text)) {
            throw Problem.badRequest("'text' is wanted, the text to be sealed, and nothing else")
                    .exception();
        }
        try {
            exchange.json(200, Map.of("secret", secrets.seal(Limits.secret(text))));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(e.getMessage()).exception();
        } catch (SecretException e) {
            throw Problem.damaged(e.getMessage()).exception();
        }
    }
}
