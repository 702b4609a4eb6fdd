package io.margay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Brings files to the gateway, those only that it does not have. */
final class Uploader {
    private final Client client;
    private final Progress progress;

    Uploader(Client client, Progress progress) {
        this.client = client;
        this.progress = progress;
    }

    /** @return path as it stands in the document to SHA-256 */
    Map<String, String> upload(Document document) throws CliException {
        Map<String, String> digests = new LinkedHashMap<>();
        // All are looked at before the first is sent: a missing one is told at once.
        for (Document.FileReference file : document.files()) {
            if (!Files.exists(file.path())) {
                throw document.fault(file, "there is no file " + file.written() + " (looked for " + file.path() + ")");
            } else if (Files.isDirectory(file.path()) && !file.mayBeFolder()) {
                throw document.fault(file, file.written() + " is a folder; a file is wanted");
            }
        }
        for (Document.FileReference file : document.files()) {
            if (!digests.containsKey(file.written())) {
                try {
                    digests.put(file.written(), upload(file.path()));
                } catch (IOException e) {
                    throw document.fault(file, file.written() + " can't be packed: " + e.getMessage());
                }
            }
        }
        return digests;
    }

    /** Uploads a file, or a folder as zip. */
    String upload(Path path) throws CliException, IOException {
        if (!Files.isDirectory(path)) {
            return send(path, path);
        }
        Path zip = Files.createTempFile("margay", ".zip");
        try {
            Packer.zip(path, zip);
            return send(zip, path);
        } finally {
            Files.deleteIfExists(zip);
        }
    }

    /** @param named as people know it */
    private String send(Path file, Path named) throws CliException, IOException {
        long size = Files.size(file);
        if (size > Packer.MAX_BYTES) {
            throw new IOException("it has " + Text.megabytes(size) + ", more than the "
                    + Text.megabytes(Packer.MAX_BYTES) + " that a gateway takes");
        }
        String sha256 = Packer.sha256(file);
        if (!client.has(sha256)) {
            progress.bytes("uploading " + named.getFileName(), size);
            try {
                client.upload(sha256, file, progress);
            } finally {
                progress.end();
            }
        }
        return sha256;
    }
}
