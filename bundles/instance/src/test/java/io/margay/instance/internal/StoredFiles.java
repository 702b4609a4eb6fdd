package io.margay.instance.internal;

import io.margay.store.ArtefactStore;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What was uploaded: digest to file. */
record StoredFiles(Map<String, Path> stored) implements ArtefactStore {
    @Override
    public String put(InputStream content, long maxBytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean contains(String sha256) {
        return stored.containsKey(sha256);
    }

    @Override
    public Optional<Path> find(String sha256) {
        return Optional.ofNullable(stored.get(sha256));
    }

    @Override
    public void retain(Set<String> sha256s) {
        throw new UnsupportedOperationException();
    }
}
