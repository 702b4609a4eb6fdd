package io.margay.instance.internal;

import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstanceException.Kind;
import io.margay.instance.EdgeInstances.Draft;
import io.margay.spi.Json;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One document an edge instance. Not thread-safe. */
final class DraftStore {
    private static final String PREFIX = "instance.";

    private final DocumentStore documents;

    DraftStore(DocumentStore documents) {
        this.documents = documents;
    }

    List<String> names() {
        try {
            return documents.names(PREFIX).stream()
                    .map(name -> name.substring(PREFIX.length()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the edge instances can't be listed: " + e.getMessage(), e);
        }
    }

    /** @throws EdgeInstanceException it is damaged */
    Optional<Draft> find(String name) throws EdgeInstanceException {
        Optional<byte[]> content = read(name);
        try {
            return content.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Draft(name, digest(content.get()), Json.readObject(content.get())));
        } catch (IOException e) {
            throw damaged(name, e);
        }
    }

    /** As it is written. */
    Optional<byte[]> read(String name) throws EdgeInstanceException {
        try {
            return documents.read(PREFIX + name);
        } catch (IOException e) {
            throw damaged(name, e);
        }
    }

    private static EdgeInstanceException damaged(String name, IOException e) {
        return new EdgeInstanceException(Kind.DAMAGED, "edge instance " + name + " can't be read: " + e.getMessage());
    }

    Draft write(String name, Map<String, Object> document) {
        byte[] content = Json.write(document);
        try {
            documents.write(PREFIX + name, content);
        } catch (IOException e) {
            throw new UncheckedIOException("edge instance " + name + " can't be kept: " + e.getMessage(), e);
        }
        return new Draft(name, digest(content), document);
    }

    void delete(String name) {
        try {
            documents.delete(PREFIX + name);
        } catch (IOException e) {
            throw new UncheckedIOException("edge instance " + name + " can't be deleted: " + e.getMessage(), e);
        }
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
