package io.margay.instance;

import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId.Kind;
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

    /**
     * As {@link #read}, of a document that has just some parts: what they refer to may also be in an edge instance that is
     * there. Whether the two fit together as a whole, {@link #check} finds out.
     *
     * @param there what else there is
     * @return the document's own parts
     */
    EdgeInstance readParts(String document, Map<String, String> files, EdgeInstance there) throws InvalidException;

    /** An edge instance as the maps and lists of the document that {@link #write} writes; may be changed. */
    Map<String, Object> document(EdgeInstance instance);

    /** Writes an edge instance as a document that {@link #read} reads, with artefacts by digest. */
    byte[] write(EdgeInstance instance);

    /** Checks an edge instance that was made by a program, such as by installing one driver. */
    void check(EdgeInstance instance) throws InvalidException;

    /**
     * Reads a change of a catalogue version's defaults: keys {@code config}, {@code memory}, {@code container} and
     * {@code mustConfigure} as in a document, files by digest; {@code null} for none. Other keys are passed over.
     *
     * @param json an object
     * @throws InvalidException with a fault, line and key, for each error
     */
    Defaults.Change defaults(Kind kind, String json) throws InvalidException;

    /**
     * Adds line and column to faults that were found later, such as by the deployer, and name a path alone.
     *
     * @param document the document that was read
     */
    List<Fault> locate(String document, List<Fault> faults);
}
