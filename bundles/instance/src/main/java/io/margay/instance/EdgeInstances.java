package io.margay.instance;

import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Edge instances that are kept, edited part by part, and deployed later. What is kept is a document that may refer to what
 * is not there yet: to versions in the catalogue, and to parts of its own. Thread-safe. What a method has returned is on
 * disk; each change is made as a whole or not at all. Where the disk fails, an {@link java.io.UncheckedIOException} is
 * thrown and nothing has changed.
 */
@ProviderType
public interface EdgeInstances {
    /** What an edge instance has lists of. */
    enum Part {
        PRODUCT("key"),
        DRIVER("name"),
        DEVICE("name"),
        FUNCTION("name"),
        ROUTE("name");

        private final String key;

        Part(String key) {
            this.key = key;
        }

        /** {@code driver}. */
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        /** The key of the document under which they stand: {@code drivers}. */
        public String list() {
            return word() + "s";
        }

        /** The key that names one; of a device the one beside {@code product}. */
        public String key() {
            return key;
        }

        /** What names one: its name or key, of a device {@code PRODUCT/NAME}. */
        public String id(Map<String, ?> content) {
            String id = String.valueOf(content.get(key));
            return this == DEVICE ? content.get("product") + "/" + id : id;
        }
    }

    /**
     * An edge instance as it is kept.
     *
     * @param digest SHA-256 of what is kept: another one after each change
     * @param document with all its lists; files by digest, code from the catalogue by entry and version
     */
    record Draft(String name, String digest, Map<String, Object> document) {
        /** The parts of one kind. */
        @SuppressWarnings("unchecked") // what is kept was checked
        public List<Map<String, Object>> parts(Part part) {
            return (List<Map<String, Object>>) document.getOrDefault(part.list(), List.of());
        }
    }

    /**
     * This gateway.
     *
     * @param id random, made once and kept
     * @param instance the edge instance that it is bound to
     */
    record Gateway(String id, Optional<String> instance) {}

    /** In order. */
    List<String> names();

    /** @throws EdgeInstanceException there is none of that name, or it is damaged */
    Draft get(String name) throws EdgeInstanceException;

    /**
     * Makes one without any part.
     *
     * @throws InvalidException the name is none
     * @throws EdgeInstanceException there is one of that name
     */
    Draft create(String name) throws InvalidException, EdgeInstanceException;

    /**
     * Makes one of a document, as {@link InstanceReader#read} takes it.
     *
     * @throws InvalidException with a fault for each thing that is wrong whatever else there is
     * @throws EdgeInstanceException there is one of that name
     */
    Draft create(String name, String document, Map<String, String> files)
            throws InvalidException, EdgeInstanceException;

    /**
     * Replaces one as a whole by a document of the same name.
     *
     * @param digest of the one that is to be replaced; empty: whatever it is
     */
    Draft replace(String name, String document, Map<String, String> files, Optional<String> digest)
            throws InvalidException, EdgeInstanceException;

    /**
     * Adds a part.
     *
     * @param content with the keys of the document
     * @throws InvalidException with paths within the part
     * @throws EdgeInstanceException it has such a part
     */
    Draft add(String name, Part part, Map<String, Object> content, Optional<String> digest)
            throws InvalidException, EdgeInstanceException;

    /**
     * Changes a part. Keys left out stay as they are, null takes one away; new code takes the place of the old.
     *
     * @param id as {@link Part#id} has it; can't be changed
     */
    Draft change(String name, Part part, String id, Map<String, Object> changes, Optional<String> digest)
            throws InvalidException, EdgeInstanceException;

    /**
     * Removes a part.
     *
     * @param withDevices the devices of a driver too; else one that has any is not removed
     */
    Draft remove(String name, Part part, String id, boolean withDevices, Optional<String> digest)
            throws EdgeInstanceException;

    /** @throws EdgeInstanceException also when this gateway is bound to it */
    void delete(String name, Optional<String> digest) throws EdgeInstanceException;

    /**
     * Reads one with all that it refers to, as it stands now.
     *
     * @throws InvalidException what it refers to is not there
     */
    EdgeInstance resolve(String name) throws InvalidException, EdgeInstanceException;

    /** @throws EdgeInstanceException what is stored of it is damaged */
    Gateway gateway() throws EdgeInstanceException;

    /** @throws EdgeInstanceException there is no such edge instance, or the gateway is bound to another one */
    Gateway bind(String name) throws EdgeInstanceException;

    /** Leaves what runs as it is. */
    Gateway unbind(String name) throws EdgeInstanceException;
}
