package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.Language;
import io.margay.worker.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisibleTest {
    @TempDir
    Path install;

    @Test
    void namesTheFileThatContainersMayNotRead() throws Exception {
        Path folder = Files.createDirectories(install.resolve("sdk/node/lib"));
        Path file = Files.writeString(folder.resolve("index.js"), "");
        Settings settings =
                new Settings(install, install, install.resolve("sdk"), install.resolve("run"), "off", "off", Map.of());
        mode(install.resolve("sdk/node"), "rwxr-xr-x");
        mode(folder, "rwxr-xr-x");
        mode(file, "rw-------");
        assertThat(Visible.unreadable(Language.NODEJS, settings, Identity.NOBODY))
                .contains("user 65532:65532 of its containers may not read " + file
                        + " of the gateway; let everyone do so (chmod -R o+rX " + install + "/sdk/node)");
        mode(file, "rw-r--r--");
        assertThat(Visible.unreadable(Language.NODEJS, settings, Identity.NOBODY))
                .isEmpty();
        mode(folder, "rwxr--r--");
        assertThat(Visible.unreadable(Language.NODEJS, settings, Identity.NOBODY))
                .get()
                .asString()
                .contains("may not read " + folder + " of");
        assertThat(Visible.unreadable(Language.C, settings, Identity.NOBODY)).isEmpty();
    }

    private static void mode(Path path, String mode) throws Exception {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }
}
