package io.margay.instance.internal;

import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds the artefacts of the files that a document names. */
final class Files {
    static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final long MAX_TEXT_BYTES = 1024 * 1024;

    private final ArtefactStore artefacts;
    private final Map<String, String> files;

    Files(ArtefactStore artefacts, Map<String, String> files) {
        this.artefacts = artefacts;
        this.files = files;
    }

    /** The digest of a file that the document names; empty, with the fault noted, where it was not uploaded. */
    Optional<String> digest(Section section, String key, String path) {
        String sha256 = files.get(path);
        if (sha256 == null) {
            section.fault(key, "file '" + path + "' was not uploaded; apply the document with 'margay apply -f'");
            return Optional.empty();
        }
        return digestThere(section, key, sha256);
    }

    /** A digest that stands in the document or in the list of its files. */
    Optional<String> digestThere(Section section, String key, String sha256) {
        if (!SHA256.matcher(sha256).matches()) {
            section.fault(key, "'" + sha256 + "' is no SHA-256: 64 lower-case hexadecimal digits");
            return Optional.empty();
        }
        return Optional.of(sha256);
    }

    /** The text of a file that the document names. */
    Optional<String> text(Section section, String key, String path) {
        Optional<String> sha256 = digest(section, key, path);
        if (sha256.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<Path> file = artefacts.find(sha256.get());
            if (file.isEmpty()) {
                section.fault(key, "file '" + path + "' (" + sha256.get() + ") was not uploaded");
                return Optional.empty();
            }
            if (java.nio.file.Files.size(file.get()) > MAX_TEXT_BYTES) {
                section.fault(key, "file '" + path + "' is longer than 1 MB");
                return Optional.empty();
            }
            byte[] bytes = java.nio.file.Files.readAllBytes(file.get());
            return Optional.of(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            section.fault(key, "file '" + path + "' can't be read: " + e.getMessage());
            return Optional.empty();
        }
    }
}
