package io.margay.instance.internal;

import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstanceException.Kind;
import io.margay.instance.EdgeInstances.Gateway;
import io.margay.spi.Json;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Who this gateway is, and which edge instance it is bound to: one document, so that neither is ever without the other. */
final class GatewayIdentity {
    private static final String DOCUMENT = "gateway";

    private final DocumentStore documents;

    GatewayIdentity(DocumentStore documents) {
        this.documents = documents;
    }

    /** Makes an identity where there is none; never where there is one that can't be read. */
    Gateway get() throws EdgeInstanceException {
        Optional<byte[]> stored;
        try {
            stored = documents.read(DOCUMENT);
            if (stored.isPresent()) {
                Map<String, Object> content = Json.readObject(stored.get());
                return new Gateway(
                        String.valueOf(content.get("id")), Optional.ofNullable((String) content.get("instance")));
            }
        } catch (IOException e) {
            throw new EdgeInstanceException(
                    Kind.DAMAGED, "who this gateway is can't be read: " + e.getMessage() + "; restore a backup");
        }
        return write(new Gateway(UUID.randomUUID().toString(), Optional.empty()));
    }

    Gateway write(Gateway gateway) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("id", gateway.id());
        gateway.instance().ifPresent(instance -> content.put("instance", instance));
        try {
            documents.write(DOCUMENT, Json.write(content));
        } catch (IOException e) {
            throw new UncheckedIOException("what this gateway is bound to can't be kept: " + e.getMessage(), e);
        }
        return gateway;
    }
}
