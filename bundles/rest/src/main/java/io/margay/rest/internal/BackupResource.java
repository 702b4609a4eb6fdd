package io.margay.rest.internal;

import io.margay.store.Backup;
import io.margay.store.backup.BackupException;
import io.margay.store.backup.Manifest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.Semaphore;

/** All of the gateway's state as one file, and back. */
final class BackupResource {
    private final Backup backup;
    /** Either takes a thread of the HTTP server for long. */
    private final Semaphore one = new Semaphore(1);

    BackupResource(Backup backup) {
        this.backup = backup;
    }

    void addTo(Router router) {
        router.add("GET", "/backup", this::get)
                .add("GET", "/restore", this::waiting)
                .add("PUT", "/restore", this::restore)
                .add("DELETE", "/restore", this::cancel);
    }

    private void get(Exchange exchange) throws IOException {
        alone();
        try {
            HttpServletResponse response = exchange.response();
            response.setStatus(200);
            response.setContentType("application/zip");
            response.setHeader("Content-Disposition", "attachment; filename=\"margay-backup.zip\"");
            backup.write(response.getOutputStream());
        } catch (IOException e) {
            if (exchange.response().isCommitted()) {
                throw e;
            }
            throw failed("there is no backup", e);
        } finally {
            one.release();
        }
    }

    private void restore(Exchange exchange) throws IOException {
        alone();
        try (InputStream body = exchange.request().getInputStream()) {
            exchange.json(200, document(backup.restore(body)));
        } catch (BackupException e) {
            throw new Problem(422, "invalid", "Not valid", e.getMessage() + "; nothing was changed").exception();
        } catch (IOException e) {
            throw failed("nothing was changed", e);
        } finally {
            one.release();
        }
    }

    private static ProblemException failed(String what, IOException e) {
        return new Problem(500, "internal", "Internal error", what + ": " + e.getMessage()).exception();
    }

    private void alone() {
        if (!one.tryAcquire()) {
            throw Problem.tooBusy("a backup is being written or restored; try again later")
                    .exception();
        }
    }

    private void waiting(Exchange exchange) throws IOException {
        exchange.json(
                200, document(backup.waiting().orElseThrow(() -> Problem.notFound("no backup waits to be restored")
                        .exception())));
    }

    private void cancel(Exchange exchange) throws IOException {
        alone();
        try {
            backup.cancel();
            exchange.json(200, Map.of());
        } finally {
            one.release();
        }
    }

    private static Map<String, Object> document(Manifest manifest) {
        return Map.of(
                "version", manifest.version(),
                "created", manifest.created().toEpochMilli(),
                "files", manifest.files().size(),
                "effective", "next start");
    }
}
