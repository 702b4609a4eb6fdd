package io.margay.spi;

import java.io.IOException;
import java.util.Set;

/** Who refers to artefacts besides the edge instance that runs. Thread-safe. */
public interface ArtefactUser {
    /**
     * The SHA-256 of each artefact that must be kept.
     *
     * @throws IOException it can't be told; then none must be removed
     */
    Set<String> artefacts() throws IOException;
}
