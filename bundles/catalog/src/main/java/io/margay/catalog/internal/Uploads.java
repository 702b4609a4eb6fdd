package io.margay.catalog.internal;

import io.margay.catalog.Catalogue.Upload;
import io.margay.model.CatalogVersion;
import io.margay.model.Configuration;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The files that versions name, which must have been uploaded. */
final class Uploads {
    private final ArtefactStore artefacts;

    Uploads(ArtefactStore artefacts) {
        this.artefacts = artefacts;
    }

    CatalogVersion.File stored(Upload upload) throws InvalidException {
        String field = "file.sha256";
        try {
            return new CatalogVersion.File(upload.name(), upload.sha256(), Files.size(find(field, upload.sha256())));
        } catch (IOException e) {
            throw new InvalidException(field, unreadable(upload.sha256(), e));
        }
    }

    /** @throws InvalidException with a fault for each file that is not there */
    void check(Configuration configuration) throws InvalidException {
        List<Fault> faults = new ArrayList<>();
        for (Map.Entry<String, String> file : configuration.files().entrySet()) {
            try {
                find("config.files." + file.getKey(), file.getValue());
            } catch (InvalidException e) {
                faults.addAll(e.faults());
            }
        }
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
    }

    private Path find(String field, String sha256) throws InvalidException {
        try {
            return artefacts
                    .find(sha256)
                    .orElseThrow(() -> new InvalidException(
                            field, "'" + sha256 + "' was not uploaded; there is no such artefact"));
        } catch (IOException e) {
            throw new InvalidException(field, unreadable(sha256, e));
        }
    }

    private static String unreadable(String sha256, IOException e) {
        return "'" + sha256 + "' can't be read: " + e.getMessage();
    }
}
