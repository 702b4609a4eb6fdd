package io.margay.rest.internal;

import io.margay.catalog.CatalogException;
import io.margay.catalog.Catalogue;
import io.margay.instance.InstanceReader;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId.Kind;
import io.margay.rest.internal.Exchange.JsonText;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/** The catalogue's drivers, or its functions. */
final class CatalogResource {
    private static final int MAX_BODY_BYTES = 8 * 1024;
    /** With a configuration of the key-value format, whose values have no limit of their own. */
    private static final int MAX_VERSION_BYTES = 256 * 1024;

    /** A download or a publication holds a thread of the HTTP server for long; some must stay free. */
    private static final int SLOW_AT_A_TIME = 2;

    private final Semaphore slow = new Semaphore(SLOW_AT_A_TIME);
    private final Catalogue catalogue;
    private final ArtefactStore artefacts;
    private final InstanceReader reader;
    private final Kind kind;
    private final String base;

    CatalogResource(Catalogue catalogue, ArtefactStore artefacts, InstanceReader reader, Kind kind) {
        this.catalogue = catalogue;
        this.artefacts = artefacts;
        this.reader = reader;
        this.kind = kind;
        this.base = "/catalog/" + kind.word() + "s";
    }

    void addTo(Router router) {
        String entry = base + "/{name}";
        String versions = entry + "/versions";
        String version = versions + "/{version}";
        router.add("GET", base, this::list)
                .add("POST", base, this::create)
                .add("GET", entry, exchange -> exchange.json(200, view(entry(exchange))))
                .add("DELETE", entry, this::remove)
                .add("GET", versions, this::versions)
                .add("POST", versions, this::addVersion)
                .add("GET", version, exchange -> exchange.json(200, view(version(exchange))))
                .add("PUT", version, this::edit)
                .add("DELETE", version, this::delete)
                .add("GET", version + "/file", few(this::download))
                .add("PUT", version + "/publication", few(this::publish));
    }

    private Handler few(Handler handler) {
        return exchange -> {
            if (!slow.tryAcquire()) {
                throw Problem.tooBusy("too many downloads and publications at a time; try again later")
                        .exception();
            }
            try {
                handler.handle(exchange);
            } finally {
                slow.release();
            }
        };
    }

    private CatalogEntry entry(Exchange exchange) throws CatalogException {
        return catalogue.get(kind, exchange.path("name"));
    }

    private CatalogVersion version(Exchange exchange) throws CatalogException {
        CatalogEntry entry = entry(exchange);
        String version = exchange.path("version");
        return entry.version(version).orElseThrow(() -> Problem.notFound(entry + " has no version " + version)
                .exception());
    }

    private void list(Exchange exchange) throws IOException {
        exchange.json(
                200,
                Map.of(
                        kind.word() + "s",
                        catalogue.list(kind).stream().map(CatalogResource::view).toList()));
    }

    private void create(Exchange exchange) throws IOException, InvalidException, CatalogException {
        CatalogFields fields = new CatalogFields(
                exchange.jsonBody(MAX_BODY_BYTES), "name", "protocol", "language", "architecture", "builtIn");
        CatalogEntry entry = fields.entry(kind);
        catalogue.create(entry);
        exchange.response().setHeader("Location", ApiServlet.BASE + base + "/" + entry.name());
        exchange.json(201, view(entry));
    }

    private void remove(Exchange exchange) throws CatalogException {
        catalogue.remove(kind, exchange.path("name"));
        exchange.response().setStatus(204);
    }

    private void versions(Exchange exchange) throws IOException, CatalogException {
        exchange.json(
                200,
                Map.of(
                        "versions",
                        entry(exchange).versions().stream()
                                .map(CatalogResource::view)
                                .toList()));
    }

    private void addVersion(Exchange exchange) throws IOException, InvalidException, CatalogException {
        JsonText body = exchange.jsonText(MAX_VERSION_BYTES);
        CatalogFields fields = new CatalogFields(body.object(), known("version"));
        String name = exchange.path("name");
        CatalogVersion added = located(body, () -> {
            String version = fields.version();
            return catalogue.add(kind, name, version, fields.content(reader, kind, body.text()));
        });
        exchange.response().setHeader("Location", ApiServlet.BASE + base + "/" + name + "/versions/" + added.name());
        exchange.json(201, view(added));
    }

    private void edit(Exchange exchange) throws IOException, InvalidException, CatalogException {
        JsonText body = exchange.jsonText(MAX_VERSION_BYTES);
        CatalogFields fields = new CatalogFields(body.object(), known());
        CatalogVersion changed = located(
                body,
                () -> catalogue.edit(
                        kind,
                        exchange.path("name"),
                        exchange.path("version"),
                        fields.content(reader, kind, body.text())));
        exchange.json(200, view(changed));
    }

    private static String[] known(String... more) {
        return Stream.concat(
                        Stream.of(more),
                        Stream.of(
                                "description",
                                "minimumGateway",
                                "file",
                                "config",
                                "memory",
                                "container",
                                "mustConfigure"))
                .toArray(String[]::new);
    }

    /** People want to know the line too. */
    private CatalogVersion located(JsonText body, Change change) throws InvalidException, CatalogException {
        try {
            return change.make();
        } catch (InvalidException e) {
            throw new InvalidException(reader.locate(body.text(), e.faults()));
        }
    }

    /** A change of a version. */
    private interface Change {
        CatalogVersion make() throws InvalidException, CatalogException;
    }

    private void delete(Exchange exchange) throws CatalogException {
        catalogue.delete(kind, exchange.path("name"), exchange.path("version"));
        exchange.response().setStatus(204);
    }

    private void publish(Exchange exchange) throws IOException, InvalidException, CatalogException {
        CatalogFields fields = new CatalogFields(exchange.jsonBody(MAX_BODY_BYTES), "sha256");
        exchange.json(
                200, view(catalogue.publish(kind, exchange.path("name"), exchange.path("version"), fields.sha256())));
    }

    private void download(Exchange exchange) throws IOException, CatalogException {
        CatalogVersion version = version(exchange);
        CatalogVersion.File file = version.file().orElseThrow(() -> Problem.notFound("version " + version.name()
                        + " of " + kind.word() + " " + exchange.path("name") + " has no file")
                .exception());
        try (InputStream content = open(file)) {
            exchange.response().setContentType("application/zip");
            exchange.response().setContentLengthLong(file.bytes());
            exchange.response().setHeader("Content-Disposition", disposition(file.name()));
            content.transferTo(exchange.response().getOutputStream());
        }
    }

    /** A fault of the gateway's disk is none of the client's connection. */
    private InputStream open(CatalogVersion.File file) {
        try {
            Path path = artefacts
                    .find(file.sha256())
                    .orElseThrow(() -> new IOException("artefact " + file.sha256() + " is gone; upload it again"));
            return Files.newInputStream(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** RFC 6266: a name in ASCII for old clients, the real one for the others. */
    private static String disposition(String name) {
        String plain = name.replaceAll("[^\\x20-\\x7e]|[\"%]", "_");
        String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
    }

    private static Map<String, Object> view(CatalogEntry entry) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", entry.name());
        entry.protocol().ifPresent(protocol -> view.put("protocol", protocol.word()));
        view.put("language", entry.language().word());
        entry.architecture().ifPresent(architecture -> view.put("architecture", architecture.word()));
        view.put("builtIn", entry.builtIn());
        view.put(
                "versions", entry.versions().stream().map(CatalogResource::view).toList());
        return view;
    }

    private static Map<String, Object> view(CatalogVersion version) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("version", version.name());
        view.put("state", version.state().word());
        view.put("description", version.description());
        version.minimumGateway().ifPresent(minimum -> view.put("minimumGateway", minimum.toString()));
        version.file().ifPresent(file -> {
            Map<String, Object> inner = new LinkedHashMap<>();
            inner.put("name", file.name());
            inner.put("sha256", file.sha256());
            inner.put("bytes", file.bytes());
            view.put("file", inner);
        });
        view.putAll(version.defaults().document());
        view.put("changed", version.changed());
        return view;
    }
}
