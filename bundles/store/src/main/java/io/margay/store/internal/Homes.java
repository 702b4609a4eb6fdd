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
        return Files.createDirectories(home(context).resolve("data"));
    }

    /** The folder {@code cache}, which may be removed while the gateway does not run. */
    static Path cache(BundleContext context) throws IOException {
        return Files.createDirectories(home(context).resolve("cache"));
    }

    static Path home(BundleContext context) {
        String home = context.getProperty("margay.home");
        if (home == null) {
            throw new IllegalStateException("the framework property margay.home is not set: start through bin/margay");
        }
        return Path.of(home);
    }
}
