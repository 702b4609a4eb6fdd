package io.margay.catalog.internal;

import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import io.margay.packages.PackageRules;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Checks a package as a deployment would, as a version that no gateway can run must not be published for good. */
final class PackageCheck {
    private final ArtefactStore artefacts;
    private final Path temporary;

    /** @param temporary a folder of this check alone; what an earlier run left in it is removed */
    PackageCheck(ArtefactStore artefacts, Path temporary) throws IOException {
        this.artefacts = artefacts;
        this.temporary = Files.createDirectories(temporary);
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(temporary)) {
            for (Path leftover : leftovers) {
                Files.delete(leftover);
            }
        }
    }

    void check(CatalogEntry entry, CatalogVersion.File file) throws InvalidException {
        Path path;
        try {
            path = artefacts
                    .find(file.sha256())
                    .orElseThrow(() -> new IOException("it is not on the gateway any more; upload it again"));
            Limits.packageBytes(Files.size(path));
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidException("file", "'" + file.name() + "' can't be published: " + e.getMessage());
        }
        PackageRules.check(
                "file",
                "'" + file.name() + "'",
                path,
                entry.kind(),
                entry.language(),
                entry.architecture(),
                temporary.resolve(UUID.randomUUID() + ".jar"));
    }
}
