package io.margay.deployer.internal;

import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.packages.JavaPackage;
import java.nio.file.Path;
import java.util.jar.Manifest;

/**
 * What is known of a workload's package after it was checked.
 *
 * @param sha256 the digest of the uploaded file
 * @param file the uploaded file
 * @param java of a Java workload; null for any other
 * @param manifest of the bundle to install here, its version without regard to other copies: the copy of a workload in the
 *     gateway's JVM, the carrier of any other
 * @param hosted of the copy for a JVM of its own; null for any other
 * @param isolation where it runs; never AUTO
 */
record PackageInfo(
        String sha256,
        Path file,
        JavaPackage java,
        Manifest manifest,
        Manifest hosted,
        Isolation isolation,
        Handover handover,
        String version) {
    boolean inJvm() {
        return isolation == Isolation.BUNDLE;
    }

    String shortDigest() {
        return sha256.substring(0, 12);
    }
}
