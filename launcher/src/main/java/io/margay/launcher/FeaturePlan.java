package io.margay.launcher;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the features say in one: what to install and start, in order. Tests that build a framework of their own use it
 * to run the same bundles as the shipped gateway.
 *
 * @param bundles in the order in which they are started: by start level, then as in the files; each once
 * @param frameworkProperties of the extension {@code framework-launching-properties}; a later feature wins
 * @param configurations PID (or factory PID and name, {@code factory~name}) to typed values
 */
public record FeaturePlan(
        List<BundleEntry> bundles,
        Map<String, String> frameworkProperties,
        Map<String, Map<String, Object>> configurations) {

    /**
     * A bundle to install.
     *
     * @param id Maven coordinates, {@code group:artifact:version}
     * @param file its jar in the installation; absolute
     * @param startLevel from its metadata {@code bundleStartLevel}, else 1; higher ones are started last and stopped first
     */
    public record BundleEntry(String id, Path file, int startLevel) {}

    public FeaturePlan {
        bundles = List.copyOf(bundles);
        frameworkProperties = Collections.unmodifiableMap(new LinkedHashMap<>(frameworkProperties));
        configurations = Collections.unmodifiableMap(new LinkedHashMap<>(configurations));
    }

    /**
     * Reads features of an installation.
     *
     * @param install the unpacked distribution
     * @param names names of files under {@code features/} without {@code .json}
     * @throws LaunchException a file is missing or wrong, or a bundle is not there; the message names it
     */
    public static FeaturePlan read(Path install, List<String> names) throws LaunchException {
        return new FeatureReader(install).read(names);
    }

    /** The file of a bundle in an installation. */
    static Path bundleFile(Path install, String artifact, String version) {
        return install.resolve("lib/bundles").resolve(artifact + "-" + version + ".jar");
    }
}
