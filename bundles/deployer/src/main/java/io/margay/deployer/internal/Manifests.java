package io.margay.deployer.internal;

import io.margay.packages.JavaPackage;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/** Manifests of installed copies: a generated name and version, so that no two copies clash. */
final class Manifests {
    /** Says whose copy a bundle is: {@code driver:modbus;sha256=…}. */
    static final String WORKLOAD = "Margay-Workload";

    /** What starts the symbolic name of every copy. */
    static final String NAME_PREFIX = "io.margay.workload.";

    private static final String PLAIN_IMPORTS = "io.margay.api.driver;resolution:=optional,"
            + "io.margay.api.function;resolution:=optional,"
            + "com.aliyun.fc.runtime;resolution:=optional,"
            + "org.slf4j;resolution:=optional,"
            + "org.slf4j.event;resolution:=optional,"
            + "org.slf4j.helpers;resolution:=optional,"
            + "org.slf4j.spi;resolution:=optional";
    /** The Java platform's packages beside java.*, of which a plain jar does not say what it needs. */
    private static final String PLAIN_DYNAMIC = "javax.*,org.w3c.*,org.xml.*";

    private Manifests() {}

    /** The manifest of the thin bundle that stands for a package outside the JVM. */
    static Manifest carrier(Parts workload, String sha256) {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        name(main, workload, sha256, "");
        String runtime = workload.architecture()
                .map(Processor::requirement)
                .orElseGet(() -> "io.margay.runtime;filter:=\"(language="
                        + workload.language().word() + ")\"");
        main.putValue(Constants.REQUIRE_CAPABILITY, "io.margay.gateway;filter:=\"(version>=0.1.0)\"," + runtime);
        return manifest;
    }

    /** The manifest of the copy of a Java jar: its own, where it is a bundle, with another name. */
    static Manifest installed(Parts workload, String sha256, JavaPackage java) {
        Manifest manifest = new Manifest(java.manifest());
        // Sections of single entries hold digests for signatures, which do not come along.
        manifest.getEntries().clear();
        Attributes main = manifest.getMainAttributes();
        boolean bundle = main.getValue(Constants.BUNDLE_MANIFESTVERSION) != null
                && main.getValue(Constants.BUNDLE_SYMBOLICNAME) != null;
        if (!bundle) {
            main.putValue(Constants.IMPORT_PACKAGE, PLAIN_IMPORTS);
            main.putValue(Constants.DYNAMICIMPORT_PACKAGE, PLAIN_DYNAMIC);
        }
        classPath(main, bundle ? List.of() : java.libraries());
        classPath(main, java.besideLibraries());
        String own = main.getValue(Constants.BUNDLE_VERSION);
        name(main, workload, sha256, own == null ? "" : own);
        return manifest;
    }

    private static void classPath(Attributes main, List<String> libraries) {
        if (!libraries.isEmpty()) {
            String before = main.getValue(Constants.BUNDLE_CLASSPATH);
            main.putValue(
                    Constants.BUNDLE_CLASSPATH, (before == null ? "." : before) + "," + String.join(",", libraries));
        }
    }

    private static void name(Attributes main, Parts workload, String sha256, String ownVersion) {
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        main.putValue(
                Constants.BUNDLE_SYMBOLICNAME,
                NAME_PREFIX + workload.id().kind().word() + "." + workload.id().name());
        main.putValue(Constants.BUNDLE_NAME, "Margay " + workload.title());
        Version base = version(workload.version().orElse(ownVersion));
        main.putValue(
                Constants.BUNDLE_VERSION,
                String.format(
                        Locale.ROOT,
                        "%d.%d.%d.%s",
                        base.getMajor(),
                        base.getMinor(),
                        base.getMicro(),
                        sha256.substring(0, 12)));
        main.putValue(WORKLOAD, workload.id() + ";sha256=" + sha256);
    }

    /** People's versions are free text; what is no OSGi version counts as 0.0.0. */
    private static Version version(String text) {
        try {
            return Version.parseVersion(text);
        } catch (IllegalArgumentException e) {
            return Version.emptyVersion;
        }
    }

    /** The same manifest under another version, for a second copy of the same file. */
    static Manifest withGeneration(Manifest manifest, long generation) {
        Manifest copy = new Manifest(manifest);
        Attributes main = copy.getMainAttributes();
        main.putValue(Constants.BUNDLE_VERSION, main.getValue(Constants.BUNDLE_VERSION) + "-g" + generation);
        return copy;
    }
}
