package io.margay.instance.internal;

import io.margay.catalog.CatalogException;
import io.margay.catalog.Catalogue;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.WorkloadId.Kind;
import java.util.List;
import java.util.Optional;

/** A catalogue of these entries; on this gateway runs what has a file. */
record Versions(List<CatalogEntry> entries) implements Catalogue {
    @Override
    public List<CatalogEntry> list(Kind kind) {
        return entries.stream().filter(entry -> entry.kind() == kind).toList();
    }

    @Override
    public CatalogEntry get(Kind kind, String name) throws CatalogException {
        return list(kind).stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new CatalogException(CatalogException.Kind.UNKNOWN, "there is no " + kind.word() + " " + name));
    }

    @Override
    public Optional<String> obstacle(CatalogEntry entry, CatalogVersion version) {
        return version.file().isPresent() || entry.builtIn() ? Optional.empty() : Optional.of("no file yet");
    }

    @Override
    public void create(CatalogEntry entry) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(Kind kind, String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CatalogVersion add(Kind kind, String name, String version, Content content) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CatalogVersion edit(Kind kind, String name, String version, Content changed) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(Kind kind, String name, String version) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CatalogVersion publish(Kind kind, String name, String version, String sha256) {
        throw new UnsupportedOperationException();
    }
}
