package io.margay.store.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.framework.BundleContext;

/** Where the gateway keeps its state. */
final class Homes {
    private Homes() {}

    /** The folder {@code data} of the gateway's home, made where it is missing. */
    static Path data(BundleContext context) throws IOException {
        String home = context.getProperty("margay.home");
        if (home == null) {
            throw new IllegalStateException("the framework property margay.home is not set: start through bin/margay");
        }
        return Files.createDirectories(Path.of(home, "data"));
    }
}
