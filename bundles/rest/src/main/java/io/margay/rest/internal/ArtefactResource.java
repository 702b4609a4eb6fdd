package io.margay.rest.internal;

import io.margay.model.Limits;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Uploads, named by their SHA-256. */
final class ArtefactResource {
    private static final Logger LOG = LoggerFactory.getLogger(ArtefactResource.class);
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    /** An upload holds a thread of the HTTP server; some must stay free. */
    private static final int UPLOADS_AT_A_TIME = 3;

    private final ArtefactStore artefacts;
    private final Semaphore uploads = new Semaphore(UPLOADS_AT_A_TIME);

    ArtefactResource(ArtefactStore artefacts) {
        this.artefacts = artefacts;
    }

    void addTo(Router router) {
        router.add("HEAD", "/artefacts/{sha256}", this::head).add("PUT", "/artefacts/{sha256}", this::put);
    }

    static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    private static String digest(Exchange exchange) {
        String sha256 = exchange.path("sha256");
        if (!isDigest(sha256)) {
            throw Problem.badRequest("'" + sha256 + "' is no SHA-256: 64 lower-case hexadecimal digits are wanted")
                    .exception();
        }
        return sha256;
    }

    private void head(Exchange exchange) throws IOException {
        String sha256 = digest(exchange);
        if (!isWhole(sha256)) {
            throw Problem.notFound("there is no artefact " + sha256).exception();
        }
        exchange.response().setStatus(200);
    }

    private void put(Exchange exchange) throws IOException {
        String sha256 = digest(exchange);
        if (exchange.request().getContentLengthLong() > Limits.MAX_PACKAGE_BYTES) {
            throw Problem.tooLarge("a file may have at most " + Limits.MAX_PACKAGE_BYTES / (1024 * 1024) + " MiB")
                    .exception();
        }
        if (!uploads.tryAcquire()) {
            throw Problem.tooBusy("too many uploads at a time; try again later").exception();
        }
        try (InputStream body = exchange.request().getInputStream();
                InputStream checked = new DigestCheck(body, sha256)) {
            boolean there = isWhole(sha256);
            if (there) {
                // Read all the same: a client that is still sending would see a broken connection.
                discard(checked);
            } else {
                artefacts.put(checked, Limits.MAX_PACKAGE_BYTES);
            }
            exchange.json(there ? 200 : 201, Map.of("sha256", sha256));
        } finally {
            uploads.release();
        }
    }

    /** One that is damaged counts as missing: uploading it again mends it. */
    private boolean isWhole(String sha256) {
        try {
            return artefacts.find(sha256).isPresent();
        } catch (IOException e) {
            LOG.warn("{}", e.getMessage());
            return false;
        }
    }

    private static void discard(InputStream in) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        long total = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            total += n;
            if (total > Limits.MAX_PACKAGE_BYTES) {
                throw Problem.tooLarge("a file may have at most " + Limits.MAX_PACKAGE_BYTES / (1024 * 1024) + " MiB")
                        .exception();
            }
        }
    }
}
