package io.margay.catalog.internal;

import io.margay.catalog.CatalogException;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.WorkloadId.Kind;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * One document an entry. What is published is guarded here, against what is on disk, so that no way to the catalogue leads
 * around it. Not thread-safe.
 */
final class EntryStore {
    private static final String PREFIX = "catalog.";

    private final DocumentStore documents;

    EntryStore(DocumentStore documents) {
        this.documents = documents;
    }

    /** The names of all documents of entries. */
    List<String> names() throws IOException {
        return documents.names(PREFIX);
    }

    static String document(Kind kind, String name) {
        return PREFIX + kind.word() + "." + name;
    }

    static String document(CatalogEntry entry) {
        return document(entry.kind(), entry.name());
    }

    /** @throws IOException it is damaged, or can't be read */
    Optional<CatalogEntry> read(String document) throws IOException {
        Optional<byte[]> content = documents.read(document);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        CatalogEntry entry = EntryJson.read(content.get());
        if (!document(entry).equals(document)) {
            throw new IOException("it is the document of " + entry);
        }
        return Optional.of(entry);
    }

    /** @throws CatalogException something that is published would change */
    void save(CatalogEntry entry) throws IOException, CatalogException {
        String document = document(entry);
        Optional<CatalogEntry> stored = read(document);
        if (stored.isPresent()) {
            keepPublished(stored.get(), entry);
        }
        byte[] content = EntryJson.write(entry);
        documents.write(document, content);
        if (published(entry) > stored.map(EntryStore::published).orElse(0L)) {
            // Into the copy before it too, which is read where the newest is damaged: it must not undo what is for
            // good.
            documents.write(document, content);
        }
    }

    private static long published(CatalogEntry entry) {
        return entry.versions().stream().filter(CatalogVersion::isPublished).count();
    }

    private static void keepPublished(CatalogEntry stored, CatalogEntry entry) throws CatalogException {
        for (CatalogVersion before : stored.versions()) {
            if (!before.isPublished()) {
                continue;
            }
            CatalogVersion after = entry.version(before.name())
                    .orElseThrow(() -> conflict(stored, before, "is published and can't be deleted"));
            if (!EntryJson.seal(stored, before).equals(EntryJson.seal(entry, after))) {
                throw conflict(stored, before, "is published: only its description can be changed");
            }
        }
    }

    /** @throws CatalogException it has a published version */
    void delete(CatalogEntry entry) throws IOException, CatalogException {
        String document = document(entry);
        Optional<CatalogEntry> stored = read(document);
        if (stored.isPresent()) {
            keepPublished(stored.get(), stored.get().with(List.of()));
        }
        documents.delete(document);
    }

    private static CatalogException conflict(CatalogEntry entry, CatalogVersion version, String why) {
        return new CatalogException(
                CatalogException.Kind.CONFLICT, "version " + version.name() + " of " + entry + " " + why);
    }
}
