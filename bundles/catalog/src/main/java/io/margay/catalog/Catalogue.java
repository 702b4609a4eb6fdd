package io.margay.catalog;

import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.Defaults;
import io.margay.model.GatewayVersion;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId.Kind;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Drivers and functions with their versions. A version begins as a draft; once published, its file and all else that a
 * deployment reads stay for good. Thread-safe. What a method has returned is on disk; each change is made as a whole or
 * not at all. Where the disk fails, an {@link java.io.UncheckedIOException} is thrown and nothing has changed.
 */
@ProviderType
public interface Catalogue {
    /** All entries that are whole, by name. */
    List<CatalogEntry> list(Kind kind);

    /** @throws CatalogException there is none, or what is stored of it is damaged */
    CatalogEntry get(Kind kind, String name) throws CatalogException;

    /**
     * Adds an entry.
     *
     * @param entry without versions
     * @throws InvalidException a fault for each field that breaks a rule
     * @throws CatalogException there is one of that name
     */
    void create(CatalogEntry entry) throws InvalidException, CatalogException;

    /** @throws CatalogException there is none, or it has a published version */
    void remove(Kind kind, String name) throws CatalogException;

    /**
     * Adds a version as a draft.
     *
     * @throws InvalidException a fault for each field that breaks a rule; also when the file was not uploaded
     * @throws CatalogException there is no such entry, or it has such a version
     */
    CatalogVersion add(Kind kind, String name, String version, Content content)
            throws InvalidException, CatalogException;

    /**
     * Changes a draft, or the description of a published version.
     *
     * @throws InvalidException a fault for each field that breaks a rule; also when the file was not uploaded
     * @throws CatalogException there is no such version, or it is published and more than its description would change
     */
    CatalogVersion edit(Kind kind, String name, String version, Content changed)
            throws InvalidException, CatalogException;

    /** @throws CatalogException there is no such version, or it is published */
    void delete(Kind kind, String name, String version) throws CatalogException;

    /**
     * Publishes a draft. Reads its whole file, which takes up to some seconds. Nothing changes when it is published already.
     *
     * @param sha256 of the file that is meant, so that none is published that changed meanwhile; empty for what is built in
     * @throws InvalidException the file is missing, too large, no zip, or can't be read
     * @throws CatalogException there is no such version, or its file has another digest
     */
    CatalogVersion publish(Kind kind, String name, String version, String sha256)
            throws InvalidException, CatalogException;

    /** Why a version can't be deployed on this gateway, in words; empty where it can, as far as the catalogue knows. */
    Optional<String> obstacle(CatalogEntry entry, CatalogVersion version);

    /**
     * What a version consists of. In a change, what is empty stays.
     *
     * @param description empty text for none
     */
    record Content(
            Optional<Upload> file,
            Optional<String> description,
            Optional<GatewayVersion> minimumGateway,
            Defaults.Change defaults) {}

    /**
     * A file that is in the artefact store.
     *
     * @param name the file's own, without folders
     */
    record Upload(String name, String sha256) {}
}
