package io.margay.catalog.internal;

import io.margay.catalog.CatalogException;
import io.margay.catalog.Catalogue;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.CatalogVersion.State;
import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.GatewayVersion;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId.Kind;
import io.margay.spi.ArtefactUser;
import io.margay.spi.Json;
import io.margay.store.ArtefactStore;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalogue in documents and artefacts. All entries are in memory too: they are small, and each read is one of them. */
@Component(service = {Catalogue.class, ArtefactUser.class})
public final class StoredCatalogue implements Catalogue, ArtefactUser {
    private static final Logger LOG = LoggerFactory.getLogger(StoredCatalogue.class);

    private final EntryStore store;
    private final Uploads uploads;
    private final PackageCheck packages;
    private final GatewayVersion gateway;
    private final Clock clock;
    /** By the name of the document; changed under the lock of this. */
    private final Map<String, CatalogEntry> entries = new ConcurrentSkipListMap<>();
    /** What is wrong with documents that could not be read. Filled once. */
    private final Map<String, String> damaged = new ConcurrentSkipListMap<>();

    @Activate
    public StoredCatalogue(
            BundleContext context, @Reference DocumentStore documents, @Reference ArtefactStore artefacts)
            throws IOException {
        this(
                documents,
                artefacts,
                Path.of(context.getProperty("margay.home")).resolve("data/publishing"),
                gateway(context),
                Clock.systemUTC());
    }

    /** @param temporary a folder for what is looked at when a version is published */
    StoredCatalogue(
            DocumentStore documents, ArtefactStore artefacts, Path temporary, GatewayVersion gateway, Clock clock)
            throws IOException {
        this.store = new EntryStore(documents);
        this.uploads = new Uploads(artefacts);
        this.packages = new PackageCheck(artefacts, temporary);
        this.gateway = gateway;
        this.clock = clock;
        for (String document : store.names()) {
            try {
                store.read(document).ifPresent(entry -> entries.put(document, entry));
            } catch (IOException e) {
                // The others, and the gateway, go on without it.
                damaged.put(document, String.valueOf(e.getMessage()));
                LOG.error("Catalogue document {} is refused: {}", document, e.getMessage());
            }
        }
    }

    private static GatewayVersion gateway(BundleContext context) {
        String version = context.getProperty("margay.version");
        if (version == null) {
            throw new IllegalStateException(
                    "the framework property margay.version is not set: start through bin/margay");
        }
        return GatewayVersion.parse(version.replaceFirst("-.*", ""));
    }

    @Override
    public List<CatalogEntry> list(Kind kind) {
        return entries.values().stream().filter(entry -> entry.kind() == kind).toList();
    }

    @Override
    public CatalogEntry get(Kind kind, String name) throws CatalogException {
        String document = EntryStore.document(kind, name);
        CatalogEntry entry = entries.get(document);
        if (entry != null) {
            return entry;
        }
        checkWhole(document);
        throw new CatalogException(
                CatalogException.Kind.UNKNOWN, "there is no " + kind.word() + " " + name + " in the catalogue");
    }

    private void checkWhole(String document) throws CatalogException {
        String reason = damaged.get(document);
        if (reason != null) {
            throw new CatalogException(
                    CatalogException.Kind.DAMAGED,
                    "catalogue document " + document + " is damaged: " + reason
                            + "; restore it from a backup, or delete it and start the gateway again");
        }
    }

    private static CatalogVersion version(CatalogEntry entry, String version) throws CatalogException {
        return entry.version(version)
                .orElseThrow(() ->
                        new CatalogException(CatalogException.Kind.UNKNOWN, entry + " has no version " + version));
    }

    @Override
    public synchronized void create(CatalogEntry entry) throws InvalidException, CatalogException {
        entry.check();
        String document = EntryStore.document(entry);
        checkWhole(document);
        if (entries.containsKey(document)) {
            throw new CatalogException(CatalogException.Kind.CONFLICT, "there is a " + entry + " already");
        }
        save(entry.with(List.of()));
    }

    @Override
    public synchronized void remove(Kind kind, String name) throws CatalogException {
        CatalogEntry entry = get(kind, name);
        try {
            store.delete(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(entry + " can't be removed: " + e.getMessage(), e);
        }
        entries.remove(EntryStore.document(entry));
    }

    @Override
    public synchronized CatalogVersion add(Kind kind, String name, String version, Content content)
            throws InvalidException, CatalogException {
        CatalogEntry entry = get(kind, name);
        if (entry.version(version).isPresent()) {
            throw new CatalogException(
                    CatalogException.Kind.CONFLICT, entry + " has a version " + version + " already");
        }
        CatalogVersion added = changed(
                new CatalogVersion(version, State.DRAFT, Optional.empty(), "", Optional.empty(), Defaults.NONE, 0),
                content);
        List<CatalogVersion> versions = new ArrayList<>(entry.versions());
        versions.add(added);
        checkAndSave(entry.with(versions));
        return added;
    }

    @Override
    public synchronized CatalogVersion edit(Kind kind, String name, String version, Content changed)
            throws InvalidException, CatalogException {
        CatalogEntry entry = get(kind, name);
        CatalogVersion before = version(entry, version);
        CatalogVersion after = changed(before, changed);
        replace(entry, after);
        if (before.isPublished() && !before.description().equals(after.description())) {
            // Quoted as JSON: a line end in it must not look like another line of the log.
            LOG.info(
                    "The description of the published version {} of {} was {} and is now {}",
                    version,
                    entry,
                    Json.text(before.description()),
                    Json.text(after.description()));
        }
        return after;
    }

    @Override
    public synchronized void delete(Kind kind, String name, String version) throws CatalogException {
        CatalogEntry entry = get(kind, name);
        CatalogVersion deleted = version(entry, version);
        save(entry.with(
                entry.versions().stream().filter(v -> !v.equals(deleted)).toList()));
    }

    @Override
    public CatalogVersion publish(Kind kind, String name, String version, String sha256)
            throws InvalidException, CatalogException {
        CatalogEntry entry = get(kind, name);
        CatalogVersion draft = version(entry, version);
        checkMeant(entry, draft, sha256);
        if (draft.isPublished()) {
            return draft;
        }
        if (draft.file().isPresent()) {
            // Without the lock, as it takes long.
            packages.check(entry, draft.file().get());
        }
        return flip(draft, kind, name, sha256);
    }

    private synchronized CatalogVersion flip(CatalogVersion checked, Kind kind, String name, String sha256)
            throws InvalidException, CatalogException {
        CatalogEntry entry = get(kind, name);
        CatalogVersion draft = version(entry, checked.name());
        checkMeant(entry, draft, sha256);
        if (draft.isPublished()) {
            return draft;
        }
        uploads.check(draft.defaults().configuration());
        CatalogVersion published = new CatalogVersion(
                draft.name(),
                State.PUBLISHED,
                draft.minimumGateway(),
                draft.description(),
                draft.file(),
                draft.defaults(),
                clock.millis());
        replace(entry, published);
        LOG.info("Version {} of {} is published", published.name(), entry);
        return published;
    }

    private static void checkMeant(CatalogEntry entry, CatalogVersion version, String sha256)
            throws InvalidException, CatalogException {
        if (version.file().isEmpty() && !entry.builtIn()) {
            throw new InvalidException("file", noFile(entry, version));
        }
        String actual = version.file().map(CatalogVersion.File::sha256).orElse("");
        if (!actual.equals(sha256)) {
            throw new CatalogException(
                    CatalogException.Kind.CONFLICT,
                    "the SHA-256 of version " + version.name() + " of " + entry + " is '" + actual + "', not '" + sha256
                            + "'; look at it again before you publish it");
        }
    }

    private static String noFile(CatalogEntry entry, CatalogVersion version) {
        return "version " + version.name() + " of " + entry + " has no file yet";
    }

    @Override
    public Optional<String> obstacle(CatalogEntry entry, CatalogVersion version) {
        if (version.file().isEmpty() && !entry.builtIn()) {
            return Optional.of(noFile(entry, version));
        }
        return version.minimumGateway()
                .filter(minimum -> minimum.compareTo(gateway) > 0)
                .map(minimum -> "version " + version.name() + " of " + entry + " needs gateway " + minimum
                        + " or later; this one is " + gateway);
    }

    @Override
    public Set<String> artefacts() throws IOException {
        if (!damaged.isEmpty()) {
            throw new IOException("catalogue documents are damaged, and so it is not known which files they need: "
                    + String.join(", ", damaged.keySet()));
        }
        return entries.values().stream()
                .flatMap(entry -> entry.versions().stream())
                .flatMap(version -> Stream.concat(
                        version.file().stream().map(CatalogVersion.File::sha256),
                        version.defaults().configuration().files().values().stream()))
                .collect(Collectors.toSet());
    }

    private CatalogVersion changed(CatalogVersion before, Content content) throws InvalidException {
        Optional<CatalogVersion.File> file = before.file();
        if (content.file().isPresent()) {
            file = Optional.of(uploads.stored(content.file().get()));
        }
        Optional<Configuration> configuration = content.defaults().configuration();
        if (configuration.isPresent()) {
            uploads.check(configuration.get());
        }
        return new CatalogVersion(
                before.name(),
                before.state(),
                content.minimumGateway().or(before::minimumGateway),
                content.description().orElse(before.description()),
                file,
                content.defaults().of(before.defaults()),
                before.isPublished() ? before.changed() : clock.millis());
    }

    private void replace(CatalogEntry entry, CatalogVersion version) throws InvalidException, CatalogException {
        checkAndSave(entry.with(entry.versions().stream()
                .map(v -> v.name().equals(version.name()) ? version : v)
                .toList()));
    }

    private void checkAndSave(CatalogEntry entry) throws InvalidException, CatalogException {
        entry.check();
        save(entry);
    }

    private void save(CatalogEntry entry) throws CatalogException {
        try {
            store.save(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(entry + " can't be kept: " + e.getMessage(), e);
        }
        entries.put(EntryStore.document(entry), entry);
    }
}
