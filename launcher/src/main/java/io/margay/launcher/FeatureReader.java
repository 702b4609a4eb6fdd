package io.margay.launcher;

import io.margay.launcher.FeaturePlan.BundleEntry;
import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.service.feature.Feature;
import org.osgi.service.feature.FeatureBundle;
import org.osgi.service.feature.FeatureConfiguration;
import org.osgi.service.feature.FeatureExtension;
import org.osgi.service.feature.FeatureService;
import org.osgi.service.feature.ID;

/** Reads OSGi Feature JSON. */
final class FeatureReader {
    private static final String LAUNCHING_PROPERTIES = "framework-launching-properties";
    private static final String START_LEVEL = "bundleStartLevel";

    private final Path install;
    private final Map<String, BundleEntry> bundles = new LinkedHashMap<>();
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final Map<String, Map<String, Object>> configurations = new LinkedHashMap<>();

    FeatureReader(Path install) {
        this.install = install;
    }

    FeaturePlan read(List<String> names) throws LaunchException {
        FeatureService service = ServiceLoader.load(FeatureService.class)
                .findFirst()
                .orElseThrow(() -> new LaunchException(
                        LaunchException.FAILED, "lib/launcher lacks org.apache.felix.feature; install Margay again"));
        for (String name : names) {
            Path file = install.resolve("features").resolve(name + ".json");
            try {
                add(file, feature(service, file));
            } catch (NoSuchFileException e) {
                throw new LaunchException(
                        LaunchException.FAILED,
                        "there is no feature '" + name + "': " + file + " is missing; see " + Settings.FEATURES,
                        e);
            } catch (IOException | RuntimeException e) {
                throw new LaunchException(
                        LaunchException.FAILED, file + " is no valid OSGi feature: " + e.getMessage(), e);
            }
        }
        List<BundleEntry> inOrder = bundles.values().stream()
                .sorted(Comparator.comparingInt(BundleEntry::startLevel))
                .toList();
        return new FeaturePlan(inOrder, properties, configurations);
    }

    private static Feature feature(FeatureService service, Path file) throws IOException {
        try (Reader reader = Files.newBufferedReader(file)) {
            return service.readFeature(reader);
        }
    }

    private void add(Path source, Feature feature) throws LaunchException {
        for (FeatureBundle bundle : feature.getBundles()) {
            ID id = bundle.getID();
            Path file = FeaturePlan.bundleFile(install, id.getArtifactId(), id.getVersion());
            if (!Files.isRegularFile(file)) {
                throw new LaunchException(
                        LaunchException.FAILED,
                        source + " names the bundle " + id + ", but " + file + " is not there; install Margay again");
            }
            bundles.putIfAbsent(id.toString(), new BundleEntry(id.toString(), file, startLevel(id, bundle)));
        }
        for (FeatureConfiguration configuration : feature.getConfigurations().values()) {
            configurations.put(configuration.getPid(), configuration.getValues());
        }
        FeatureExtension extension = feature.getExtensions().get(LAUNCHING_PROPERTIES);
        if (extension != null) {
            try (JsonReader reader = Json.createReader(new StringReader(extension.getJSON()))) {
                reader.readObject().forEach((key, value) -> properties.put(key, text(value)));
            }
        }
    }

    private static String text(JsonValue value) {
        return value instanceof JsonString string ? string.getString() : value.toString();
    }

    private static int startLevel(ID id, FeatureBundle bundle) {
        Object level = bundle.getMetadata().get(START_LEVEL);
        if (level == null) {
            return 1;
        }
        if (level instanceof Number number && number.intValue() > 0) {
            return number.intValue();
        }
        throw new IllegalArgumentException(START_LEVEL + " of " + id + " is '" + level + "', no number from 1");
    }
}
