package io.margay.instance.internal;

import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.security.Secrets;
import io.margay.store.ArtefactStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes of what people write the document that is kept: checked as far as it can be by itself, all lists there, files by
 * digest, thing models inline. What it says of the catalogue stays as it is, to be looked up at the deployment.
 */
final class DraftReader {
    private static final List<String> LISTS = List.of("products", "drivers", "devices", "functions", "routes");

    private final ArtefactStore artefacts;
    private final Secrets secrets;

    DraftReader(ArtefactStore artefacts, Secrets secrets) {
        this.artefacts = artefacts;
        this.secrets = secrets;
    }

    /**
     * A document as people wrote it.
     *
     * @throws InvalidException what is wrong whatever else there is; also when it is the document of another name, or has
     *     a secret that another gateway sealed
     */
    Map<String, Object> read(String name, String document, Map<String, String> files) throws InvalidException {
        return read(name, document, files, true);
    }

    /** A document that was kept, after a part of it changed; what can't be opened in the others is found by a plan. */
    Map<String, Object> edited(String name, String document) throws InvalidException {
        return read(name, document, Map.of(), false);
    }

    private Map<String, Object> read(String name, String document, Map<String, String> files, boolean opens)
            throws InvalidException {
        Faults faults = new Faults();
        Value root = new Sealing(secrets, faults, opens).document(DocumentInstanceReader.values(document));
        EdgeInstance instance = new InstanceDecoder(faults, new Files(artefacts, files), Optional.empty()).decode(root);
        faults.throwIfAny();
        if (!instance.name().equals(name)) {
            Value at = Places.find(root, "instance").value();
            throw new InvalidException(List.of(new Fault(
                    "instance",
                    at.line(),
                    at.column(),
                    "this is edge instance '" + instance.name() + "', not '" + name + "'; give it that name")));
        }
        Map<String, Object> plain = root.plainMap();
        Map<String, Object> draft = new LinkedHashMap<>();
        draft.put("instance", name);
        LISTS.forEach(list -> draft.put(list, parts(plain, list)));
        models(draft, instance);
        rows(draft, "drivers").forEach(driver -> byDigest(driver, files));
        rows(draft, "functions").forEach(function -> byDigest(function, files));
        return draft;
    }

    /** Copies, which may be changed. */
    private static List<Map<String, Object>> parts(Map<String, Object> document, String list) {
        List<Map<String, Object>> parts = new ArrayList<>();
        for (Object part : (List<?>) document.getOrDefault(list, List.of())) {
            parts.add(new LinkedHashMap<>(map(part)));
        }
        return parts;
    }

    @SuppressWarnings("unchecked") // keys of a document are text
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked") // made by parts
    private static List<Map<String, Object>> rows(Map<String, Object> draft, String list) {
        return (List<Map<String, Object>>) draft.get(list);
    }

    private static void models(Map<String, Object> draft, EdgeInstance instance) {
        List<Map<String, Object>> products = rows(draft, "products");
        for (int i = 0; i < products.size(); i++) {
            products.get(i).put("model", instance.products().get(i).model());
        }
    }

    private static void byDigest(Map<String, Object> workload, Map<String, String> files) {
        if (workload.remove("file") instanceof String path) {
            workload.put("artefact", files.get(path));
            if (path.endsWith(".jar")) {
                workload.putIfAbsent("language", "java");
            }
        }
        configByDigest(workload, files);
        if (workload.get("defaults") instanceof Map<?, ?> given) {
            Map<String, Object> defaults = new LinkedHashMap<>(map(given));
            configByDigest(defaults, files);
            workload.put("defaults", defaults);
        }
    }

    private static void configByDigest(Map<String, Object> configured, Map<String, String> files) {
        if (configured.get("config") instanceof Map<?, ?> config && config.get("files") instanceof List<?> paths) {
            Map<String, Object> byName = new LinkedHashMap<>();
            for (Object path : paths) {
                String text = String.valueOf(path);
                byName.put(text.substring(text.lastIndexOf('/') + 1), files.get(text));
            }
            configured.put("config", Map.of("files", byName));
        }
    }
}
