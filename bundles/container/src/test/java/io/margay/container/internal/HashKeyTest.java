package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HashKeyTest {
    @TempDir
    Path home;

    @Test
    void isKeptForItsOwnerAlone() throws Exception {
        Path file = home.resolve("data/container-key");
        String hash = HashKey.of(file, "1.0").hash("secret");
        assertThat(HashKey.of(file, "1.0").hash("secret")).isEqualTo(hash);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(HashKey.of(home.resolve("other"), "1.0").hash("secret")).isNotEqualTo(hash);
    }

    @Test
    void oneThatIsDamagedIsMadeAnew() throws Exception {
        Path file = Files.writeString(home.resolve("container-key"), "short");
        String hash = HashKey.of(file, "1.0").hash("secret");
        assertThat(HashKey.of(file, "1.0").hash("secret")).isEqualTo(hash);
    }
}
