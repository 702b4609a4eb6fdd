package io.margay.instance.internal;

import io.margay.security.Secrets;
import io.margay.security.internal.FileSecrets;
import java.nio.file.Path;

/** The secrets of a gateway, for tests that have none; a key is made only where something is sealed. */
final class TestSecrets {
    static final Secrets HERE = new FileSecrets(Path.of("target", "home"));

    private TestSecrets() {}
}
