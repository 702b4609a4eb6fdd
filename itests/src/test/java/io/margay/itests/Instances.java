package io.margay.itests;

import io.margay.deployer.Deployer;
import io.margay.deployer.Plan;
import io.margay.instance.InstanceReader;
import io.margay.store.ArtefactStore;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Applies edge instances from their text. */
final class Instances {
    private final ArtefactStore artefacts;
    private final InstanceReader reader;
    private final Deployer deployer;

    Instances(ArtefactStore artefacts, InstanceReader reader, Deployer deployer) {
        this.artefacts = artefacts;
        this.reader = reader;
        this.deployer = deployer;
    }

    /** @return the file's digest */
    String upload(Path file) throws Exception {
        try (InputStream content = Files.newInputStream(file)) {
            return artefacts.put(content, 50_000_000);
        }
    }

    Plan apply(String document) throws Exception {
        return deployer.apply(reader.read(document, Map.of()));
    }

    Plan plan(String document) throws Exception {
        return deployer.plan(reader.read(document, Map.of()));
    }

    void clear() throws Exception {
        apply("instance: empty\n");
    }
}
