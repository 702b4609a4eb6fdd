package io.margay.deployer.internal;

import io.margay.deployer.Deployer;
import io.margay.model.Durations;
import java.nio.file.Path;
import java.time.Duration;
import org.osgi.framework.BundleContext;

/** The framework properties that the deployer goes by. */
record Properties(BundleContext context) {
    /** How many deployments are kept. Their artefacts are, too. */
    private static final String KEPT = "margay.deployments.kept";

    /** How long changed workloads are watched before they become current. */
    private static final String SOAK = "margay.deployment.soak";

    private static final String USUAL_SOAK = "2s";

    private static final int USUALLY_KEPT = 10;
    /** The current one and the one before it. */
    private static final int LEAST_KEPT = 2;

    Path home() {
        return folder("margay.home");
    }

    Path install() {
        return folder("margay.install");
    }

    private Path folder(String property) {
        String path = context.getProperty(property);
        if (path == null) {
            throw new IllegalStateException(
                    "the framework property " + property + " is not set: start through bin/margay");
        }
        return Path.of(path);
    }

    int kept() {
        String text = context.getProperty(KEPT);
        try {
            return Math.max(LEAST_KEPT, text == null ? USUALLY_KEPT : Integer.parseInt(text.strip()));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(KEPT + " is '" + text + "'; write a number", e);
        }
    }

    Duration soak() {
        String text = context.getProperty(SOAK);
        try {
            Duration time = Durations.parse(text == null ? USUAL_SOAK : text.strip());
            if (time.compareTo(Deployer.MAX_SOAK) <= 0) {
                return time;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(SOAK + ": " + e.getMessage(), e);
        }
        throw new IllegalArgumentException(
                SOAK + " is " + text + "; at most " + Durations.text(Deployer.MAX_SOAK) + " is possible");
    }
}
