package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir
    Path install;

    @TempDir
    Path home;

    @BeforeEach
    void defaults() throws IOException {
        write(install, "margay.port = 8181\nmargay.features = gateway,console\nmargay.heap=96m\n");
    }

    private static void write(Path folder, String text) throws IOException {
        Files.createDirectories(folder.resolve("conf"));
        Files.writeString(folder.resolve("conf/margay.properties"), text);
    }

    @Test
    void theLaterWins() throws Exception {
        assertThat(Settings.read(install, home, Map.of()).port()).isEqualTo(8181);
        write(home, "margay.port: 9000 \nmy.own = 1\n");
        Settings settings = Settings.read(install, home, Map.of());
        assertThat(settings.port()).isEqualTo(9000);
        assertThat(settings.features()).containsExactly("gateway", "console");
        assertThat(settings.all()).containsEntry("my.own", "1");
        assertThat(Settings.read(install, home, Map.of(Settings.PORT, "0")).port())
                .isZero();
    }

    @Test
    void badSettingsAreNamed() throws IOException {
        for (String port : List.of("x", "-1", "65536", "")) {
            assertThatThrownBy(() -> Settings.read(install, home, Map.of(Settings.PORT, port)))
                    .isInstanceOf(LaunchException.class)
                    .hasMessageContaining("'" + port + "'")
                    .hasMessageContaining("--port");
        }
        assertThatThrownBy(() -> Settings.read(install, home, Map.of(Settings.LOG_LEVEL, "loud")))
                .hasMessageContaining("LOUD")
                .hasMessageContaining("DEBUG");
        write(home, "a = \\u00zz\n");
        assertThatThrownBy(() -> Settings.read(install, home, Map.of()))
                .hasMessageContaining(home.resolve("conf/margay.properties").toString());
    }

    @Test
    void optionsAreRead() throws Exception {
        Options options = Options.parse(
                List.of("--home=/a/../b", "--port", "9", "--set", "x=y=z", "--reset-password", "--foreground"),
                Map.of("MARGAY_HOME", "/other"));
        assertThat(options.home()).isEqualTo(Path.of("/b"));
        assertThat(options.settings()).containsEntry(Settings.PORT, "9").containsEntry("x", "y=z");
        assertThat(options.resetPassword()).isTrue();
        assertThat(Options.parse(List.of(), Map.of("MARGAY_HOME", "/other")).home())
                .isEqualTo(Path.of("/other"));
        assertThat(Options.parse(List.of(), Map.of()).home()).endsWithRaw(Path.of(".margay"));
    }

    @Test
    void wrongOptionsAreRefused() {
        for (List<String> arguments :
                List.of(List.of("--what"), List.of("--home"), List.of("--set", "x"), List.of("stray"))) {
            assertThatThrownBy(() -> Options.parse(arguments, Map.of()))
                    .isInstanceOfSatisfying(
                            LaunchException.class, e -> assertThat(e.exitCode()).isEqualTo(LaunchException.USAGE))
                    .hasMessageContaining("usage:");
        }
    }
}
