package io.margay.instance;

import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** Reads edge instances. Thread-safe. */
@ProviderType
public interface InstanceReader {
    /**
     * Reads a YAML (or JSON) document and checks it by itself: keys, types, limits, references between its parts.
     *
     * @param document the text
     * @param files path as it stands in the document to the SHA-256 of the artefact that holds the file
     * @throws InvalidException with a fault, line and key, for each error
     */
    EdgeInstance read(String document, Map<String, String> files) throws InvalidException;

    /** Writes an edge instance as a document that {@link #read} reads, with artefacts by digest. */
    byte[] write(EdgeInstance instance);

    /** Checks an edge instance that was made by a program, such as by installing one driver. */
    void check(EdgeInstance instance) throws InvalidException;

    /**
     * Adds line and column to faults that were found later, such as by the deployer, and name a path alone.
     *
     * @param document the document that was read
     */
    List<Fault> locate(String document, List<Fault> faults);
}
