package io.margay.deployer.internal;

import io.margay.instance.InstanceReader;
import io.margay.model.Configuration;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import io.margay.spi.ComponentProperties;
import io.margay.spi.Json;
import io.margay.store.ArtefactStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A deployment as an OSGi Feature (OSGi Compendium R8, chapter 159, as JSON): a bundle for each workload, with the digest of
 * its file, their configurations, and the edge instance as an extension, from which it is deployed again. Devices and routes are
 * documents of their own, named by digest: they are many and seldom change.
 */
final class DeploymentFeature {
    private static final String GROUP = "io.margay.deployment";
    private static final String WORKLOADS = "io.margay.workload";
    private static final String EXTENSION = "margay-instance";
    private static final String VERSION_KEY = "feature-resource-version";
    private static final List<String> APART = List.of("devices", "routes");

    /**
     * @param feature the Feature as JSON
     * @param parts SHA-256 of the artefacts that belong to it
     */
    record Written(byte[] feature, Set<String> parts) {}

    private final InstanceReader reader;
    private final ArtefactStore artefacts;

    DeploymentFeature(InstanceReader reader, ArtefactStore artefacts) {
        this.reader = reader;
        this.artefacts = artefacts;
    }

    Written write(long number, EdgeInstance instance) throws IOException {
        Map<String, Object> document = reader.document(instance);
        Set<String> parts = new LinkedHashSet<>();
        for (String key : APART) {
            List<?> all = (List<?>) document.get(key);
            byte[] content = Json.write(all);
            String sha256 = artefacts.put(new ByteArrayInputStream(content), Limits.MAX_DOCUMENT_BYTES * 2L);
            parts.add(sha256);
            document.put(key, reference(sha256, all.size()));
        }
        Map<String, Object> extension = new LinkedHashMap<>();
        extension.put("kind", "mandatory");
        extension.put("type", "json");
        extension.put("json", document);
        Map<String, Object> feature = new LinkedHashMap<>();
        feature.put(VERSION_KEY, "1.0");
        feature.put("id", GROUP + ":" + instance.name() + ":" + number);
        feature.put("name", "Deployment " + number + " of " + instance.name());
        feature.put("complete", false);
        List<Object> bundles = new ArrayList<>();
        Map<String, Object> configurations = new LinkedHashMap<>();
        for (Parts workload : Parts.of(instance).values()) {
            bundles.add(bundle(workload));
            Configuration configuration = workload.configuration();
            if (!configuration.isEmpty()) {
                configurations.put(
                        "io.margay." + workload.id().kind().word() + "~"
                                + workload.id().name(),
                        // Files by digest.
                        ComponentProperties.of(
                                configuration, configuration.files().values().toArray(String[]::new)));
            }
        }
        feature.put("bundles", bundles);
        feature.put("configurations", configurations);
        feature.put("extensions", Map.of(EXTENSION, extension));
        return new Written(Json.write(feature), parts);
    }

    private static Map<String, Object> reference(String sha256, int count) {
        Map<String, Object> reference = new LinkedHashMap<>();
        reference.put("sha256", sha256);
        reference.put("count", count);
        return reference;
    }

    private static Map<String, Object> bundle(Parts workload) {
        Map<String, Object> bundle = new LinkedHashMap<>();
        String id = WORKLOADS + ":" + workload.id().kind().word() + "."
                + workload.id().name() + ":";
        if (workload.code() instanceof Code.Artefact artefact) {
            bundle.put("id", id + workload.version().orElse(artefact.sha256().substring(0, 12)));
            bundle.put("sha256", artefact.sha256());
        } else {
            bundle.put("id", id + workload.version().orElse("builtin"));
            bundle.put("builtin", ((Code.BuiltIn) workload.code()).name());
        }
        bundle.put("language", workload.language().word());
        bundle.put("isolation", workload.isolation().word());
        return bundle;
    }

    /**
     * Reads the edge instance out of what was written.
     *
     * @throws IOException it is damaged, or a part of it is gone
     * @throws InvalidException it was written by a gateway that knew other keys
     */
    @SuppressWarnings("unchecked")
    EdgeInstance read(byte[] snapshot) throws IOException, InvalidException {
        Map<String, Object> document = Json.readObject(snapshot);
        if (document.containsKey(VERSION_KEY)) {
            Map<String, Object> extensions = (Map<String, Object>) document.get("extensions");
            Map<String, Object> extension = (Map<String, Object>) extensions.get(EXTENSION);
            document = new LinkedHashMap<>((Map<String, Object>) extension.get("json"));
            for (String key : APART) {
                Map<String, Object> reference = (Map<String, Object>) document.get(key);
                document.put(key, Json.read(part((String) reference.get("sha256"))));
            }
            return reader.read(Json.text(document), Map.of());
        }
        // Margay 0.1 kept the document itself.
        return reader.read(new String(snapshot, StandardCharsets.UTF_8), Map.of());
    }

    private byte[] part(String sha256) throws IOException {
        Path file = artefacts
                .find(sha256)
                .orElseThrow(() -> new IOException("a part of what was deployed, artefact " + sha256 + ", is gone"));
        return Files.readAllBytes(file);
    }
}
