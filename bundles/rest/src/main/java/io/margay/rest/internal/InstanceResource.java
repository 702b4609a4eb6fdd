package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Plan;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The edge instance as a whole. */
final class InstanceResource {
    static final int MAX_DOCUMENT_BYTES = Limits.MAX_DOCUMENT_BYTES;
    /** The document within JSON, with its line ends escaped, and the files. */
    static final int MAX_BODY_BYTES = 2 * MAX_DOCUMENT_BYTES;

    private final Deployer deployer;
    private final InstanceReader reader;
    private final Changes changes;

    InstanceResource(Deployer deployer, InstanceReader reader, Changes changes) {
        this.deployer = deployer;
        this.reader = reader;
        this.changes = changes;
    }

    void addTo(Router router) {
        router.add("GET", "/instance", x -> x.bytes(200, "application/json", reader.write(deployer.current())))
                .add(
                        "PUT",
                        "/instance",
                        x -> {
                            Optional<Duration> soak = x.soak();
                            Wanted wanted = wanted(x.jsonBody(MAX_BODY_BYTES));
                            x.later(
                                    located(wanted, changes.apply(current -> read(wanted), x.query("plan"), soak)),
                                    plan -> x.json(200, PlanView.of(plan)));
                        },
                        "plan",
                        Exchange.SOAK)
                .add("POST", "/instance/plan", x -> {
                    Wanted wanted = wanted(x.jsonBody(MAX_BODY_BYTES));
                    x.later(
                            located(wanted, changes.plan(current -> read(wanted))),
                            plan -> x.json(200, PlanView.of(plan)));
                });
    }

    record Wanted(String document, Map<String, String> files) {}

    private EdgeInstance read(Wanted wanted) throws Exception {
        return reader.read(wanted.document(), wanted.files());
    }

    /** What the deployer finds wrong names a path; people want the line too. */
    private CompletableFuture<Plan> located(Wanted wanted, CompletableFuture<Plan> result) {
        return result.handle((plan, thrown) -> {
            if (thrown instanceof InvalidException e) {
                throw new CompletionException(new InvalidException(reader.locate(wanted.document(), e.faults())));
            } else if (thrown != null) {
                throw new CompletionException(thrown);
            }
            return PlanView.located(plan, reader, wanted.document());
        });
    }

    /** The document and its files in a request's body. */
    static Wanted wanted(Map<String, Object> body) {
        for (String key : body.keySet()) {
            if (!key.equals("document") && !key.equals("files")) {
                throw Problem.badRequest("unknown key '" + key + "'; there are document and files")
                        .exception();
            }
        }
        if (!(body.get("document") instanceof String document)) {
            throw Problem.badRequest("'document' is wanted: the edge instance's YAML as a string")
                    .exception();
        }
        int bytes = document.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_DOCUMENT_BYTES) {
            throw Problem.tooLarge("the document may have at most " + MAX_DOCUMENT_BYTES / 1024 + " KiB, not "
                            + (bytes + 1023) / 1024)
                    .exception();
        }
        return new Wanted(document, files(body.get("files")));
    }

    private static Map<String, String> files(Object value) {
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw Problem.badRequest("'files' is an object: path to SHA-256").exception();
        }
        Map<String, String> files = new LinkedHashMap<>();
        map.forEach((path, digest) -> {
            if (!(digest instanceof String text) || !ArtefactResource.isDigest(text)) {
                throw Problem.badRequest("files: '" + path + "' wants a SHA-256 of 64 lower-case hexadecimal digits")
                        .exception();
            }
            files.put(path.toString(), text);
        });
        return files;
    }
}
